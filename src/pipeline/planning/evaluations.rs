//! What Nix's evaluation says of a request, or said before.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::prepare::{Places, Prepared};
use crate::model::event::Speaker;
use crate::model::plan::{Candidate, Derivation, Mode, Plan, Reuse, Step};
use crate::model::store::StorePath;
use crate::nix::{self, Evaluation, Library, Nix, Request, UserArg};
use crate::pipeline::results::links;
use crate::pipeline::{BuildOptions, Error};
use crate::plan::{self, Decision, Wish};

/// Who answers requests, and by what.
pub(super) struct Evaluations<'a> {
    pub(super) nix: &'a Nix,
    pub(super) options: &'a BuildOptions,
    pub(super) library: &'a Library,
    pub(super) cancel: &'a CancellationToken,
}

impl Evaluations<'_> {
    /// Returns what was evaluated before, where nothing of it is left to be built. Where the answer does not follow
    /// from the request alone, head is evaluated once more, and by itself, to see that it is still the same.
    pub(super) async fn known(
        &self,
        request: &Request,
        arguments: &[UserArg],
        decision: &Decision,
        warn: &dyn Fn(Speaker, &str),
    ) -> Result<Option<Prepared>, Error> {
        if self.options.verify {
            return Ok(None);
        }
        let Some(evaluation) = self.nix.recall(&self.options.cache, self.library, request, arguments) else {
            return Ok(None);
        };
        let plan = wished(self.options, plan::assemble(decision, &evaluation.packages))?;
        // Both start a program: they may as well run at the same time.
        let (is_built, asked) =
            tokio::try_join!(self.is_built(&plan), self.is_the_same(request, arguments, &evaluation.packages))?;
        let (true, Some(messages)) = (is_built, asked) else { return Ok(None) };
        for text in &messages {
            warn(Speaker::Nix, text);
        }
        for text in &evaluation.warnings {
            warn(Speaker::Hinc, &format!("warning: {text}"));
        }
        let (fallback, candidates) = (plan.clone(), evaluation.packages);
        let places = Places::default();
        Ok(Some(Prepared { plan, fallback, host: None, candidates, places, known_to_be_built: true }))
    }

    /// Returns what was evaluated before, where that follows from the request and its derivations are still there. It is
    /// enough to say what would be built.
    pub(super) fn recalled(&self, request: &Request, arguments: &[UserArg]) -> Option<Evaluation> {
        let evaluation = self.nix.recall(&self.options.cache, self.library, request, arguments)?;
        let is_there = |derivation: &Derivation| derivation.drv.as_path().exists();
        let all_there = |candidate: &Candidate| match &candidate.reuse {
            Reuse::Unchanged { full } => is_there(full),
            Reuse::OnBase { start, incremental, clean, .. } => {
                [start.derivation(), incremental, clean].into_iter().all(is_there)
            }
            Reuse::Nothing { over, .. } => over.iter().chain([&candidate.plain]).all(is_there),
        };
        evaluation.packages.iter().all(all_there).then_some(evaluation)
    }

    /// Returns what Nix says of head where it is still what it was; nothing is asked where that is certain.
    async fn is_the_same(
        &self,
        request: &Request,
        arguments: &[UserArg],
        before: &[Candidate],
    ) -> Result<Option<Vec<String>>, Error> {
        if self.nix.answers_by_itself(request) {
            return Ok(Some(Vec::new()));
        }
        Ok(self.nix.still_evaluates(self.library, request, arguments, before, self.cancel).await?)
    }

    /// Whether all that a plan wants is there. Where it is linked as it should be, Nix need not even be asked.
    async fn is_built(&self, plan: &Plan) -> Result<bool, Error> {
        if self.options.wish == Wish::FullOnly {
            // Who wants the full build alone wants what later builds start from, which no link keeps.
            let is_there = |step: &Step| step.derivation.outputs.values().all(|path| path.as_path().exists());
            if !plan.steps.iter().all(is_there) {
                return Ok(false);
            }
        }
        let linked = |link: &Path| links(plan, link).all(|(link, path)| nix::store::is_linked(&link, path));
        if self.options.link.as_deref().is_some_and(linked) {
            return Ok(true);
        }
        let wanted = plan.wanted_steps();
        let outputs: Vec<StorePath> = if self.options.builders.elsewhere() {
            // What only later builds start from stays with the builder.
            wanted.flat_map(|step| step.derivation.results().cloned()).collect()
        } else {
            wanted.flat_map(|step| step.derivation.outputs.values().cloned()).collect()
        };
        // A path that does not exist is not valid: no need to ask.
        Ok(outputs.iter().all(|path| path.as_path().exists())
            && self.nix.invalid(&outputs, self.cancel).await?.is_empty())
    }

    /// Evaluates both commits. Where that fails because of the base alone, as after a refactoring, head is
    /// evaluated by itself and built plainly: only an error in head is an error.
    pub(super) async fn evaluate(
        &self,
        mut request: Request,
        arguments: &[UserArg],
        decision: Decision,
    ) -> Result<(Evaluation, Decision), Error> {
        match self.nix.evaluate(self.library, &request, arguments, self.cancel).await {
            Ok(evaluation) => {
                self.nix.remember(&self.options.cache, self.library, &request, arguments, &evaluation);
                Ok((evaluation, decision))
            }
            Err(error @ nix::Error::Evaluation { .. })
                if self.options.wish != Wish::FullOnly && request.base.take().is_some() =>
            {
                let Ok(evaluation) = self.nix.evaluate(self.library, &request, arguments, self.cancel).await else {
                    return Err(error.into());
                };
                // Whoever wants to know more can build the base.
                tracing::info!(?error, "the base cannot be evaluated");
                let why = "the Nix expression of the base cannot be evaluated, so there is nothing to start from";
                Ok((evaluation, Decision { mode: Mode::Plain, why: why.to_owned() }))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Who wants full builds alone gets those that there are.
pub(super) fn wished(options: &BuildOptions, plan: Plan) -> Result<Plan, Error> {
    if options.wish != Wish::FullOnly {
        return Ok(plan);
    }
    plan::full_builds_alone(&plan).ok_or(Error::NoFullBuild { why: plan.why })
}
