//! A binary cache behind HTTP on this machine: it gives the files of a folder, and takes new ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A folder that is served until the test ends.
pub(crate) struct Served {
    /// Where it is.
    pub(crate) address: String,
    /// How many files it takes before it refuses all others.
    pub(crate) room: AtomicUsize,
    /// The files that it took, in their order.
    pub(crate) taken: Mutex<Vec<String>>,
    folder: PathBuf,
}

/// Serves a folder on a port or, with 0, on any that is free.
pub(crate) fn serve(folder: &Path, port: u16) -> Arc<Served> {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
    fs_err::create_dir_all(folder.join("nar")).expect("a folder");
    fs_err::write(folder.join("nix-cache-info"), "StoreDir: /nix/store\n").expect("a file");
    let served = Arc::new(Served {
        address: format!("http://{}", listener.local_addr().expect("it is bound")),
        room: AtomicUsize::new(usize::MAX),
        taken: Mutex::default(),
        folder: folder.to_owned(),
    });
    let server = served.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = server.clone();
            std::thread::spawn(move || while server.answer(&stream).is_some() {});
        }
    });
    served
}

impl Served {
    /// Answers one request of a connection; none where it ended.
    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_ascii_lowercase());
        }
        let mut words = lines.first()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.trim_start_matches('/').to_owned());
        let header =
            |name: &str| lines.iter().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()));
        let file: PathBuf = self.folder.join(&path);
        assert!(!path.contains(".."), "{path}");
        let (status, body) = match method.as_str() {
            "put" => {
                if header("expect:").is_some() {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
                }
                let mut body = vec![0; header("content-length:")?.parse().ok()?];
                reader.read_exact(&mut body).ok()?;
                let less = |room: usize| room.checked_sub(1);
                if self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
                    fs_err::create_dir_all(file.parent()?).ok()?;
                    fs_err::write(&file, body).ok()?;
                    self.taken.lock().ok()?.push(path);
                    ("201 Created", Vec::new())
                } else {
                    ("507 Insufficient Storage", Vec::new())
                }
            }
            _ => fs_err::read(&file).map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body)),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).ok()?;
        if method != "head" {
            stream.write_all(&body).ok()?;
        }
        Some(())
    }
}
