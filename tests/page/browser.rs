//! A headless Chromium, spoken to through two pipes (<https://chromedevtools.github.io/devtools-protocol/>): each message
//! is JSON with a zero byte behind it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take: a machine that is busy is slow, one that hangs is told.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser with one page.
pub(super) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    number: u64,
    session: Option<String>,
    /// What the page said on its console, and what the browser said of it.
    complaints: Vec<String>,
    /// What the page asked for, beside itself.
    requests: Vec<String>,
    loaded: bool,
    runs_scripts: bool,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one with an empty page.
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut child = Command::new("sh")
            // It reads from 3 and writes to 4.
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >&2"#, "chromium-headless-shell"])
            .args([
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
            ])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let to = child.stdin.take().expect("a pipe");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while matches!(out.read_until(0, &mut message), Ok(length) if length > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("JSON of Chromium");
                message.clear();
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            child,
            to,
            from,
            number: 0,
            session: None,
            complaints: Vec::new(),
            requests: Vec::new(),
            loaded: false,
            runs_scripts: true,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let session = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method, and returns its result.
    pub(super) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).expect("JSON");
        bytes.push(0);
        self.to.write_all(&bytes).expect("Chromium reads: is the package chromium-headless-shell there?");
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.next(until, method);
            if answer["id"] == json!(self.number) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn next(&mut self, until: Instant, what: &str) -> Value {
        let left = until.saturating_duration_since(Instant::now());
        let message = self.from.recv_timeout(left).unwrap_or_else(|error| {
            panic!("Chromium does not answer to {what} ({error}): is the package chromium-headless-shell there?")
        });
        let event = &message["params"];
        match message["method"].as_str() {
            Some("Runtime.consoleAPICalled") => self.complaints.push(event["args"].to_string()),
            Some("Runtime.exceptionThrown") => self.complaints.push(event["exceptionDetails"].to_string()),
            Some("Log.entryAdded") => self.complaints.push(event["entry"].to_string()),
            Some("Page.javascriptDialogOpening") => self.complaints.push(event.to_string()),
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Network.requestWillBeSent") => {
                self.requests.push(event["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            _ => {}
        }
        message
    }

    /// Lets pages run scripts, or not.
    pub(super) fn let_scripts_run(&mut self, run: bool) {
        self.runs_scripts = run;
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": !run}));
    }

    /// Opens a file, and waits until it is there.
    pub(super) fn open(&mut self, file: &Path) {
        self.loaded = false;
        self.requests.clear();
        self.complaints.clear();
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", &json!({"url": url}));
        let until = Instant::now() + PATIENCE;
        while !self.loaded {
            self.next(until, "Page.navigate");
        }
        self.settle();
        self.requests.retain(|request| *request != url);
    }

    /// Waits until what was begun is drawn.
    pub(super) fn settle(&mut self) {
        if !self.runs_scripts {
            return;
        }
        let drawn =
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))";
        self.call("Runtime.evaluate", &json!({"expression": drawn, "awaitPromise": true}));
    }

    /// Returns the value of an expression of JavaScript.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let result = self.call("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(super) fn until(&mut self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        while self.value(expression) != json!(true) {
            assert!(Instant::now() < until, "never: {expression}");
            self.settle();
        }
    }

    /// Makes the window so wide, and the system's colours so.
    pub(super) fn show_as(&mut self, width: u32, scheme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &features);
        self.settle();
    }

    /// Presses a key and lets go of it.
    pub(super) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            "ArrowLeft" => (37, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            other => (0, other),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text});
            self.call("Input.dispatchKeyEvent", &event);
        }
        self.settle();
    }

    /// Types a text where the focus is.
    pub(super) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Returns the middle of an element that is scrolled into view.
    pub(super) fn middle(&mut self, selector: &str) -> (f64, f64) {
        let place = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center', behavior: \
             'instant'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        ));
        (place[0].as_f64().expect("a number"), place[1].as_f64().expect("a number"))
    }

    /// Moves the mouse, or does something else with it.
    pub(super) fn mouse(&mut self, event: &Value) {
        self.call("Input.dispatchMouseEvent", event);
        self.settle();
    }

    /// Clicks on an element.
    pub(super) fn click(&mut self, selector: &str) {
        let (x, y) = self.middle(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            self.mouse(&json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}));
        }
    }

    /// Keeps what is seen, or all of the page, as `target/screenshots/NAME.png`.
    pub(super) fn keep_picture(&mut self, name: &str, whole: bool) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        fs_err::create_dir_all(&folder).expect("a folder");
        let picture = self.call("Page.captureScreenshot", &json!({"captureBeyondViewport": whole}));
        let text = picture["data"].as_str().expect("a picture");
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).expect("base64");
        fs_err::write(folder.join(format!("{name}.png")), bytes).expect("it is written");
    }

    /// Returns what was said on the console, or of the page by the browser.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        self.settle();
        self.complaints.clone()
    }

    /// Returns what the page asked for beside itself and its empty icon.
    pub(super) fn requests(&mut self) -> Vec<String> {
        self.settle();
        self.requests.iter().filter(|request| *request != "data:,").cloned().collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn what_a_page_does_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let page = "<!DOCTYPE html><title>x</title><img src='http://127.0.0.1:9/x.png'><script>console.error('told'); \
                setTimeout(() => { throw new Error('thrown'); }, 0)</script>";
    fs_err::write(&file, page).expect("a file");
    let mut browser = Browser::start();
    browser.open(&file);
    let complaints = browser.complaints().join("\n");
    assert!(complaints.contains("told") && complaints.contains("thrown"), "{complaints}");
    assert_eq!(browser.requests(), ["http://127.0.0.1:9/x.png"]);
    assert_eq!(browser.value("document.title"), json!("x"));
}
