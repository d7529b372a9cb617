//! [`Events`]: the answer of a server as it comes in: server-sent events, or one JSON object from a
//! server that does not stream. It knows lines and fields, not connections.

use serde_json::Value;

use super::log_probs::log_probs;

/// More than this without the end of an event is no completion.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// One step of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// The log-probabilities of the tokens of the text that follows.
    LogProbs(Vec<f32>),
    /// More text; may be empty.
    Text(String),
    /// The end of the text.
    End(End),
}

/// Why a server ended its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The model ended, or a stop word came.
    Stop,
    /// The limit of tokens was reached.
    Length,
}

/// Why an answer is no completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It holds this instead.
    Malformed(&'static str),
    /// The server reports that it failed.
    Failed,
}

/// Splits the incoming bytes into events.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Bytes since the last end of a line.
    line: Vec<u8>,
    /// The `data` fields of the event that is coming in.
    data: String,
    /// The answer is one JSON object, without framing.
    is_plain: bool,
}

impl Events {
    /// For an answer of this content type.
    pub(super) fn of_type(content_type: &str) -> Self {
        Self { is_plain: content_type.contains("json"), ..Self::default() }
    }

    /// Adds bytes; returns the events that they complete, in order.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Fault> {
        let mut events = Vec::new();
        if self.is_plain {
            self.line.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                match byte {
                    b'\n' => self.end_line(&mut events)?,
                    _ => self.line.push(*byte),
                }
            }
        }
        if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
            return Err(Fault::Malformed("more than a completion holds"));
        }
        Ok(events)
    }

    /// Ends the stream; returns the events that this completes.
    pub(super) fn finish(mut self) -> Result<Vec<Event>, Fault> {
        let mut events = Vec::new();
        if self.is_plain {
            let text = String::from_utf8(self.line).map_err(|_| Fault::Malformed("other bytes"))?;
            parse(&text, &mut events)?;
            return Ok(events);
        }
        self.end_line(&mut events)?;
        self.end_event(&mut events)?;
        Ok(events)
    }

    fn end_line(&mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8(line).map_err(|_| Fault::Malformed("other bytes"))?;
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            return self.end_event(events);
        }
        match line.split_once(':') {
            Some(("data", data)) => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
                Ok(())
            }
            // llama.cpp reports errors in a field of that name.
            Some(("error", _)) => Err(Fault::Failed),
            // A comment, or a field that completions have no use for.
            Some(("" | "event" | "id" | "retry", _)) => Ok(()),
            _ if line.trim_start().starts_with('<') => Err(Fault::Malformed("a web page")),
            _ => Err(Fault::Malformed("something that is no event stream")),
        }
    }

    fn end_event(&mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        let data = std::mem::take(&mut self.data);
        match data.trim() {
            "" => Ok(()),
            "[DONE]" => {
                events.push(Event::End(End::Stop));
                Ok(())
            }
            json => parse(json, events),
        }
    }
}

/// Reads one object: OpenAI's `choices[0].text`, or llama.cpp's `content`.
fn parse(json: &str, events: &mut Vec<Event>) -> Result<(), Fault> {
    let value: Value = serde_json::from_str(json).map_err(|_| Fault::Malformed("broken JSON"))?;
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Fault::Failed);
    }
    let (piece, text, end) = match value.get("choices").and_then(Value::as_array) {
        // The last event of some servers counts tokens and has no choice.
        Some(choices) if choices.is_empty() => return Ok(()),
        Some(choices) => (&choices[0], choices[0].get("text"), openai_end(&choices[0])),
        None => (&value, value.get("content"), llama_end(&value)),
    };
    match text {
        Some(Value::String(text)) => {
            let log_probs = log_probs(piece);
            events.extend((!log_probs.is_empty()).then_some(Event::LogProbs(log_probs)));
            events.push(Event::Text(text.clone()));
        }
        // The last event of some servers only tells why the text has ended.
        Some(Value::Null) => {}
        None if end.is_some() => {}
        _ => return Err(Fault::Malformed("JSON without a text")),
    }
    events.extend(end.map(Event::End));
    Ok(())
}

fn openai_end(choice: &Value) -> Option<End> {
    // Some servers have an empty one with every piece but the last.
    let reason = choice.get("finish_reason")?.as_str().filter(|reason| !reason.is_empty())?;
    Some(if reason == "length" { End::Length } else { End::Stop })
}

fn llama_end(value: &Value) -> Option<End> {
    let is = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    let is_limited =
        is("stopped_limit") || value.get("stop_type").and_then(Value::as_str) == Some("limit");
    is("stop").then_some(if is_limited { End::Length } else { End::Stop })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, bytes: &[u8]) -> Result<Vec<Event>, Fault> {
        let mut stream = Events::of_type(content_type);
        let mut events = stream.push(bytes)?;
        events.extend(stream.finish()?);
        Ok(events)
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    const SSE: &str = "text/event-stream";
    const STREAM: &str = "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}\n\n\
        : a comment\r\n\r\n\
        data: {\"choices\":[{\"text\":\" é\",\"finish_reason\":\"length\"}]}\r\n\r\n\
        data: {\"choices\":[],\"usage\":{}}\n\n\
        data: [DONE]\n\n";

    #[test]
    fn each_server_s_answer_is_understood() {
        let check = |content_type: &str, bytes: &str, expected: &[Event]| {
            let events = read(content_type, bytes.as_bytes()).unwrap();
            assert_eq!(events, expected, "{bytes}");
        };
        let all = [text("a"), text(" é"), Event::End(End::Length), Event::End(End::Stop)];
        check(SSE, STREAM, &all);
        let empty = "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"\"}]}\n\n";
        check(SSE, empty, &[text("a")]);
        let null = "data: {\"choices\":[{\"text\":null,\"finish_reason\":\"stop\"}]}\n\n";
        check(SSE, null, &[Event::End(End::Stop)]);
        let none = "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\n\n";
        check(SSE, none, &[Event::End(End::Length)]);
        let infill = "data: {\"content\":\"a\",\"stop\":false}\n\n\
            data: {\"content\":\"\",\"stop\":true,\"stop_type\":\"limit\"}\n\n";
        check(SSE, infill, &[text("a"), text(""), Event::End(End::Length)]);
        let eos = "data: {\"content\":\"b\",\"stop\":true,\"stopped_eos\":true}\n\n";
        check(SSE, eos, &[text("b"), Event::End(End::Stop)]);
        let told =
            "data: {\"choices\":[{\"text\":\"a\",\"logprobs\":{\"token_logprobs\":[-0.5]}}]}\n\n";
        check(SSE, told, &[Event::LogProbs(vec![-0.5]), text("a")]);
        let whole = r#"{"choices":[{"text":"a + b","finish_reason":"stop"}],"error":null}"#;
        check("application/json", whole, &[text("a + b"), Event::End(End::Stop)]);
        check(SSE, "data: {\"content\":\ndata: \"c\"}", &[text("c")]);
    }

    #[test]
    fn where_the_bytes_are_cut_makes_no_difference() {
        let whole = read(SSE, STREAM.as_bytes()).unwrap();
        for size in 1..20 {
            let mut stream = Events::of_type(SSE);
            let chunks = STREAM.as_bytes().chunks(size);
            let events: Vec<_> = chunks.flat_map(|chunk| stream.push(chunk).unwrap()).collect();
            assert_eq!(events, whole, "in pieces of {size} bytes");
        }
    }

    #[test]
    fn what_is_no_completion_is_refused() {
        let check = |content_type: &str, bytes: &[u8], fault: Fault| {
            assert_eq!(read(content_type, bytes), Err(fault), "{bytes:?}");
        };
        check(SSE, b"data: {\"choices\n\n", Fault::Malformed("broken JSON"));
        check(SSE, b"data: {\"id\": 1}\n\n", Fault::Malformed("JSON without a text"));
        check("text/html", b"<html lang=\"en:us\">\n", Fault::Malformed("a web page"));
        check(SSE, b"hello\n", Fault::Malformed("something that is no event stream"));
        check(SSE, b"data: \xFF\n\n", Fault::Malformed("other bytes"));
        check(SSE, b"data: {\"error\":{\"message\":\"x\"}}\n\n", Fault::Failed);
        check(SSE, b"error: {\"code\":500}\n\n", Fault::Failed);
        check("application/json", b"{}", Fault::Malformed("JSON without a text"));
        let endless = vec![b'x'; MAX_EVENT_BYTES + 1];
        check(SSE, &endless, Fault::Malformed("more than a completion holds"));
    }
}
