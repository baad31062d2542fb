//! A binary cache behind HTTP: it gives the files of a folder, and takes new ones.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::http::{self, Request, Response};

/// One that is served until the test ends.
pub(crate) struct BinaryCache {
    /// Where it is.
    pub(crate) address: String,
    files: Arc<Files>,
}

struct Files {
    folder: PathBuf,
    room: AtomicUsize,
    taken: Mutex<Vec<String>>,
}

impl BinaryCache {
    /// Serves a folder on a port or, with 0, on any that is free.
    pub(crate) fn of(folder: &Path, port: u16) -> Self {
        fs_err::create_dir_all(folder.join("nar")).expect("a folder");
        fs_err::write(folder.join("nix-cache-info"), "StoreDir: /nix/store\n").expect("a file");
        let (room, taken) = (AtomicUsize::new(usize::MAX), Mutex::default());
        let files = Arc::new(Files { folder: folder.to_owned(), room, taken });
        let served = files.clone();
        let address = http::serve(port, move |request| served.answer(request));
        Self { address, files }
    }

    /// Says how many files more it takes before it refuses all others.
    pub(crate) fn has_room_for(&self, files: usize) {
        self.files.room.store(files, Ordering::SeqCst);
    }

    /// The files that it took, in their order.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.files.taken.lock().expect("a list").clone()
    }
}

impl Files {
    fn answer(&self, request: &Request) -> Response {
        let file = self.folder.join(&request.target);
        if request.method != "PUT" {
            let found = fs_err::read(&file).map(|body| Response { body, ..Response::empty("200 OK") });
            return found.unwrap_or_else(|_| Response::empty("404 Not Found"));
        }
        let less = |room: usize| room.checked_sub(1);
        if self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_err() {
            return Response::empty("507 Insufficient Storage");
        }
        fs_err::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs_err::write(&file, &request.body).expect("a file");
        self.taken.lock().expect("a list").push(request.target.clone());
        Response::empty("201 Created")
    }
}
