//! Carries a plan out, and hears what happens meanwhile.

use tokio_util::sync::CancellationToken;

use super::Error;
use crate::clock::Clock;
use crate::log::{Decoder, Recorder};
use crate::model::event::{Event, What};
use crate::model::plan::{Plan, Step};
use crate::model::record::Build;
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{Installable, Nix, Realised, SandboxPaths};

/// Builds or fetches what the plan wants and the store lacks.
pub(super) async fn realise(
    nix: &Nix,
    plan: &Plan,
    host: Option<&HostToolchain>,
    clock: Clock,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<(Realised, Vec<Build>), Error> {
    let mut recorder = Recorder::new(plan);
    let wanted: Vec<&Step> = plan.wanted.iter().filter_map(|&index| plan.steps.get(index)).collect();
    let outputs: Vec<StorePath> = wanted.iter().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    if nix.invalid(&outputs, cancel).await?.is_empty() {
        return Ok((Realised::Built, recorder.finish(true)));
    }
    on_event(&Event { at: clock.now(), drv: None, what: What::Planned { plan: plan.clone() } });
    let sandbox = match host {
        Some(host) => nix.open_sandbox(host, cancel).await?,
        None => SandboxPaths::AsConfigured,
    };
    let installables: Vec<Installable> =
        wanted.iter().map(|step| Installable { drv: step.derivation.drv.clone(), outputs: Vec::new() }).collect();
    let mut decoder = Decoder::new();
    let on_line = |line: &[u8]| {
        decoder.line(line, clock.now(), &mut |event: Event| {
            recorder.event(&event);
            on_event(&event);
        });
    };
    let realised = nix.realise(&installables, &sandbox, on_line, cancel).await?;
    let succeeded = realised == Realised::Built;
    Ok((realised, recorder.finish(succeeded)))
}
