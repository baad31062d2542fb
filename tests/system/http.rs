//! A server of HTTP on this machine, until the test ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// What somebody asked.
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path and what follows `?`, without the first `/`.
    pub(crate) target: String,
    /// Names are in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
pub(crate) struct Response {
    /// `200 OK`.
    pub(crate) status: String,
    /// Lines, but for the length.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// One without a body.
    pub(crate) fn empty(status: &str) -> Self {
        Self { status: status.to_owned(), headers: Vec::new(), body: Vec::new() }
    }
}

/// Serves on a port or, with 0, on any that is free. Returns the address.
pub(crate) fn serve(port: u16, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                while let Some(request) = read(&mut reader, &stream) {
                    if write(&stream, &answer(&request), request.method == "HEAD").is_none() {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// Reads one request of a connection; none where it ended.
fn read(reader: &mut BufReader<&TcpStream>, mut stream: &TcpStream) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let mut words = lines.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.trim_start_matches('/').to_owned());
    assert!(!target.contains(".."), "{target}");
    let headers = lines[1..].iter().filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut request = Request { method, target, headers, body: Vec::new() };
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

fn write(mut stream: &TcpStream, response: &Response, without_body: bool) -> Option<()> {
    let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", response.status, response.body.len());
    for line in &response.headers {
        head.extend([line, "\r\n"]);
    }
    stream.write_all((head + "\r\n").as_bytes()).ok()?;
    if !without_body {
        stream.write_all(&response.body).ok()?;
    }
    Some(())
}
