//! The disk of a guest: made from its image, made larger, measured.

use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::folder::Kept;
use super::lock::{self, Lock};
use super::qmp::Qmp;
use super::{profile, qemu, stop, wait};
use crate::model::builder::Image;
use crate::process::{self, Invocation, system};

const GIB: u64 = 1 << 30;

/// What `qemu-img info` says that hinc reads.
#[derive(Debug, Deserialize)]
struct Info {
    format: String,
    #[serde(rename = "virtual-size")]
    virtual_size: u64,
}

/// Makes the guest's disk, a copy on write of its image, where there is none. An ephemeral guest gets a new one.
pub(super) async fn make(
    guest: &Guest,
    image: &Path,
    kept: &mut Kept,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let folder = &guest.folder;
    let image = fs_err::canonicalize(image)?;
    let metadata = fs_err::metadata(&image)?;
    let identity = format!("{} {} {}", image.display(), metadata.len(), metadata.mtime());
    if guest.settings.ephemeral {
        folder.remove("disk.qcow2")?;
    }
    let disk = folder.file("disk.qcow2");
    if disk.exists() {
        if kept.image.as_ref() != Some(&identity) {
            return Err(Error::OtherImage { name: guest.name.to_string(), disk });
        }
        let wanted = u64::from(guest.settings.disk_gib) * GIB;
        if wanted > virtual_size(&disk)? {
            enlarge(guest, wanted, cancel).await?;
            kept.grow = true;
        }
        return Ok(());
    }
    let size = info(guest, &image, cancel).await?;
    let bytes = size.virtual_size.max(u64::from(guest.settings.disk_gib) * GIB);
    // Made under another name: a disk that was made half is no disk.
    let new = folder.file(".disk.new");
    let create = qemu_img(guest).args(["create", "-q", "-f", "qcow2", "-F", &size.format, "-b"]);
    run(guest, &create.arg(&image).arg(&new).arg(bytes.to_string()), cancel).await?;
    fs_err::set_permissions(&new, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    fs_err::rename(&new, &disk)?;
    kept.image = Some(identity);
    kept.grow = bytes > size.virtual_size;
    Ok(())
}

/// Reads how large a guest sees its disk from the header of the qcow2 file: four bytes of magic, twenty of others, and
/// eight for the size, the highest first. `qemu-img` may not be there where the guest brings its own QEMU.
fn virtual_size(disk: &Path) -> Result<u64, Error> {
    let mut header = [0; 32];
    fs_err::File::open(disk)?.read_exact(&mut header)?;
    let (head, size) = header.split_at(24);
    if !head.starts_with(b"QFI\xfb") {
        return Err(std::io::Error::other(format!("{} is no qcow2 disk", disk.display())).into());
    }
    Ok(size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte)))
}

/// Makes the disk of a guest that does not run larger.
async fn enlarge(guest: &Guest, bytes: u64, cancel: &CancellationToken) -> Result<(), Error> {
    let resize = qemu_img(guest).args(["resize", "-q", "-f", "qcow2"]).arg(guest.folder.file("disk.qcow2"));
    run(guest, &resize.arg(bytes.to_string()), cancel).await?;
    Ok(())
}

/// Returns the program that makes and measures disks: it lies beside QEMU.
fn qemu_img(guest: &Guest) -> Invocation {
    let beside = guest.settings.qemu.as_ref().and_then(|qemu| qemu.parent()).map(|folder| folder.join("qemu-img"));
    Invocation::new(beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("qemu-img")))
}

async fn run(guest: &Guest, command: &Invocation, cancel: &CancellationToken) -> Result<process::Output, Error> {
    system::output(command, cancel).await.map_err(|error| Error::of_qemu(error, &guest.settings.system))
}

async fn info(guest: &Guest, disk: &Path, cancel: &CancellationToken) -> Result<Info, Error> {
    let output = run(guest, &qemu_img(guest).args(["info", "--output=json"]).arg(disk), cancel).await?;
    serde_json::from_slice(&output.stdout).map_err(|source| Error::Content { path: disk.to_owned(), source })
}

/// How large a disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// What the guest sees, in bytes.
    pub(super) bytes: u64,
    /// What it takes on this machine, in bytes.
    pub(super) allocated: u64,
}

/// Measures the guest's disk; none where it has none yet.
pub(super) fn size(guest: &Guest) -> Result<Option<Size>, Error> {
    let disk = guest.folder.file("disk.qcow2");
    let Ok(metadata) = fs_err::metadata(&disk) else { return Ok(None) };
    Ok(Some(Size { bytes: virtual_size(&disk)?, allocated: metadata.blocks() * 512 }))
}

/// Makes the file system of `/` as large as its disk: `$1` is empty. Prints nothing where it works.
const GROW: &str = r#"
set -e
PATH=$PATH:/sbin:/usr/sbin:/run/current-system/sw/bin
device=$(findmnt -n -o SOURCE /)
type=$(findmnt -n -o FSTYPE /)
device=${device%%[*}
parent=$(lsblk -n -o PKNAME "$device" | head -n 1)
if [ -n "$parent" ]; then
  # A partition is made larger first.
  number=$(cat "/sys/class/block/${device##*/}/partition")
  if command -v growpart >/dev/null; then
    # It ends with 1 where there is nothing to do.
    growpart "/dev/$parent" "$number" >&2 || test $? -eq 1
  else
    echo ", +" | sfdisk --no-reread --force -N "$number" "/dev/$parent" >&2
    partx --update --nr "$number" "/dev/$parent" >&2
  fi
fi
case $type in
  ext2 | ext3 | ext4) resize2fs "$device" >&2 ;;
  xfs) xfs_growfs / >&2 ;;
  btrfs) btrfs filesystem resize max / >&2 ;;
  *) echo "a file system of type $type cannot be made larger" >&2; exit 1 ;;
esac
"#;

/// Makes the guest's file system as large as its disk. Nix answers on it.
pub(super) async fn grow_file_system(guest: &Guest, cancel: &CancellationToken) -> Result<(), Error> {
    let Some(root) = guest.root_connection() else { return Err(Error::NoRoot { what: "making the disk larger" }) };
    match wait::run(&root, GROW, &[], cancel).await {
        Ok(_) => Ok(()),
        Err(process::Error::Failed { tail, .. }) => Err(Error::Grow { name: guest.name.to_string(), tail }),
        Err(process::Error::Cancelled { .. }) => {
            Err(Error::Cancelled { left: "the file system is as it was".to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

impl Guest {
    /// Makes its disk larger, with all that is on it: at once where it runs, and otherwise the file system at the
    /// next start. `gib` is the new size in GiB; a smaller one than it has is an error. Returns the size that it
    /// had before, in bytes.
    pub async fn resize(&self, gib: u32, on_progress: &dyn Fn(&str), cancel: &CancellationToken) -> Result<u64, Error> {
        if !self.has_root() {
            return Err(Error::NoRoot { what: "making the disk larger" });
        }
        let bytes = u64::from(gib) * GIB;
        self.folder.make()?;
        let wait = || on_progress("waiting: another hinc starts it");
        let _start = Lock::wait_exclusive(&self.folder.file("start.lock"), wait, cancel).await?;
        let Some(size) = size(self)? else {
            return Err(Error::NotRunning { name: self.name.to_string() });
        };
        if bytes < size.bytes {
            return Err(Error::Shrink { name: self.name.to_string(), has: size.bytes.div_ceil(GIB) });
        }
        let runs = stop::lives(&self.folder)?;
        if runs {
            let mut qmp = Qmp::connect(&self.folder.file("qmp.sock")).await?;
            let device = match self.settings.image {
                Image::Disk { .. } => qemu::DISK,
                Image::Profile { .. } => profile::DISK,
            };
            qmp.execute("block_resize", json!({ "device": device, "size": bytes })).await?;
        } else {
            // Nobody starts it meanwhile: the lock of those who do is held.
            enlarge(self, bytes, cancel).await?;
        }
        let kept: Kept = self.folder.read("kept.json")?.unwrap_or_default();
        self.folder.write("kept.json", &Kept { grow: true, ..kept.clone() })?;
        if runs && self.is_ready()? && lock::is_held(&self.folder.file("qemu.lock"))? {
            on_progress("making its file system as large as its disk");
            grow_file_system(self, cancel).await?;
            self.folder.write("kept.json", &Kept { grow: false, ..kept })?;
        } else {
            on_progress("its file system is made larger at the next start");
        }
        Ok(size.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_says_how_large_it_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = folder.path().join("disk.qcow2");
        let mut header = b"QFI\xfb\0\0\0\x03".to_vec();
        header.resize(24, 0);
        header.extend((20 * GIB).to_be_bytes());
        fs_err::write(&disk, &header).expect("it can be written");
        assert_eq!(virtual_size(&disk).expect("it is one"), 20 * GIB);
        fs_err::write(&disk, vec![0; 64]).expect("it can be written");
        assert!(virtual_size(&disk).expect_err("it is none").to_string().contains("files"));
        fs_err::write(&disk, b"QFI").expect("it can be written");
        assert!(virtual_size(&disk).is_err());
    }
}
