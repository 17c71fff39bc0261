//! A bare HTTP/1.1 client for loopback: one connection kept open, whole answers read. It costs the
//! machine so little that it does not measure itself.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// One connection.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
    cookie: Option<String>,
}

impl Connection {
    /// Connects to a port of this machine.
    pub(super) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            body: Vec::new(),
            cookie: None,
        })
    }

    /// Sends a request and reads the answer: its status and body.
    pub(super) fn send(&mut self, head: &str, body: &[u8]) -> Result<(u16, &[u8])> {
        let length = body.len();
        let head = format!("{head}Host: localhost\r\nContent-Length: {length}\r\n\r\n");
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.stream.get_mut().write_all(body)?;
        self.receive()
    }

    /// The same; answers the status and the cookie that is set.
    pub(super) fn send_for_cookie(
        &mut self,
        head: &str,
        body: &[u8],
    ) -> Result<(u16, Option<String>)> {
        self.cookie = None;
        let (status, _) = self.send(head, body)?;
        Ok((status, self.cookie.take()))
    }

    fn receive(&mut self) -> Result<(u16, &[u8])> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status: u16 = status.with_context(|| format!("no status line: {line:?}"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.starts_with("set-cookie: ") {
                let value = line["set-cookie: ".len()..].split(';').next();
                self.cookie = value.map(|value| value.trim().to_owned());
            }
            match header.split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                Some(("transfer-encoding", "chunked")) => chunked = true,
                Some(_) => {}
                None if header.is_empty() => break,
                None => bail!("not a header: {header:?}"),
            }
        }
        self.body.clear();
        if chunked {
            self.read_chunks()?;
        } else {
            self.body.resize(length, 0);
            self.stream.read_exact(&mut self.body)?;
        }
        Ok((status, &self.body))
    }

    fn read_chunks(&mut self) -> Result<()> {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16).context("chunk length")?;
            let begin = self.body.len();
            self.body.resize(begin + length, 0);
            self.stream.read_exact(&mut self.body[begin..])?;
            self.stream.read_line(&mut line)?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}
