//! Serves one connection: its requests one after the other, within the limits. The connection's end
//! cancels the request that is being answered.

use std::convert::Infallible;
use std::io;
use std::pin::pin;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::endpoint::Endpoint;
use crate::http::limits::{
    CLOSE_TIMEOUT, CONNECTION_LIFETIME, HEADER_TIMEOUT, MAX_HEADER_BYTES, MAX_HEADERS,
};
use crate::http::refusal::Refusal;
use crate::http::reply::Reply;
use crate::http::{body, guard};
use crate::protocol::Protocol;
use crate::state::State;

/// Serves a connection until its client closes it or it has lived long enough.
pub(crate) async fn serve(stream: TcpStream, state: State) {
    // An answer is one small packet that nothing follows.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let state = state.clone();
        async move { Ok::<_, Infallible>(answer(&state, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = sleep(CONNECTION_LIFETIME) => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(CLOSE_TIMEOUT, connection).await;
        }
    }
}

/// Tells a client that too many are connected.
pub(crate) async fn turn_away(mut stream: TcpStream) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
        retry-after: 1\r\nconnection: close\r\ncontent-length: 54\r\n\r\n\
        {\"error\":\"too many programs are connected: try again\"}";
    let answer = async {
        stream.write_all(FULL).await?;
        stream.shutdown().await
    };
    let _: Result<io::Result<()>, _> = timeout(CLOSE_TIMEOUT, answer).await;
}

async fn answer(state: &State, request: Request<Incoming>) -> Reply {
    let protocol = Protocol::of(request.uri());
    let reply = try_answer(state, request).await;
    reply.unwrap_or_else(|refusal| protocol.refuse(&refusal))
}

async fn try_answer(state: &State, request: Request<Incoming>) -> Result<Reply, Refusal> {
    let (parts, body) = request.into_parts();
    let endpoint = Endpoint::find(&parts.method, &parts.uri);
    let is_public = endpoint.as_ref().is_ok_and(|endpoint| endpoint.is_public());
    guard::check(&parts, state.token.as_deref().filter(|_| !is_public))?;
    let endpoint = endpoint?;
    let body = body::read(body).await?;
    let _completing = endpoint.completes().then(|| state.completing.enter());
    endpoint.answer(state, &parts.uri, &body).await
}
