//! What is built of the flakes that the arguments name.

use std::path::Path;

use super::context::Context;
use super::error::Error;
use super::failure::Failure;
use super::flake_address::{self, FlakeAddress};
use crate::error::Hint;
use crate::pipeline::{self, FlakeAttribute, Project, Target};

/// Returns what the arguments name of flakes; none where they name folders, descriptions or Nix files.
pub(super) fn named(names: &[String], project: &Project, context: &Context) -> Result<Option<Target>, Failure> {
    let mut attributes = Vec::new();
    for name in names {
        let address = flake_address::parse(name)
            .map_err(|problem| Error::Usage(problem.to_string(), vec![Hint::new(problem.hint())]))?;
        match address {
            Some(address) => attributes.push(attribute(name, address, project, &context.folder)?),
            None => attributes.extend(alone_in(name, project, &context.folder)?.map(default_of)),
        }
    }
    if attributes.is_empty() {
        return Ok(None);
    }
    if attributes.len() < names.len() {
        let hints = vec![Hint::new("build the flakes in one call, and the others in another")];
        return Err(Error::Usage("flakes and other packages cannot be built in one call".to_owned(), hints).into());
    }
    Ok(Some(Target::Flake { attributes }))
}

/// Returns the default package of the flake around the folder, where nothing is named and there is no Cabal package.
pub(super) fn by_default(project: &Project, context: &Context) -> Result<Option<Target>, Failure> {
    if project.has_package(None) {
        return Ok(None);
    }
    match project.flake_folder(&context.folder, Path::new("."), None) {
        Ok(folder) => {
            context.printer.note("building the default package of the flake, since there is no Cabal package here");
            Ok(Some(Target::Flake { attributes: vec![default_of(folder)] }))
        }
        Err(pipeline::Error::NoFlake { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn attribute(name: &str, address: FlakeAddress, project: &Project, from: &Path) -> Result<FlakeAttribute, Failure> {
    let folder = project.flake_folder(from, Path::new(&address.path), address.dir.as_deref());
    let folder = folder.map_err(|error| match error {
        pipeline::Error::Outside { path, .. } => {
            let hint = format!("run it there: `hinc -C {} build .#ATTRIBUTE`", path.display());
            let text = format!("`{name}` is not in this repository, and hinc builds the repository that it is in");
            Failure::from(Error::Usage(text, vec![Hint::new(hint)]))
        }
        other => other.into(),
    })?;
    let FlakeAddress { attribute, parts, from_the_top, .. } = address;
    Ok(FlakeAttribute { folder, text: attribute, path: parts, from_the_top })
}

fn default_of(folder: String) -> FlakeAttribute {
    FlakeAttribute { folder, text: String::new(), path: Vec::new(), from_the_top: false }
}

/// Returns the folder that was named, where it has a flake and nothing of Cabal's.
fn alone_in(name: &str, project: &Project, from: &Path) -> Result<Option<String>, Failure> {
    let Ok(folder) = project.path_in_tree(from, Path::new(name)) else { return Ok(None) };
    let below = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let alone = project.has_file(&below("flake.nix"))?
        && !project.has_file(&below("cabal.project"))?
        && !project.has_package(Some(&folder));
    Ok(alone.then_some(folder))
}
