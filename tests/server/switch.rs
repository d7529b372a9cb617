//! Starting and stopping a server as the settings say.

use pounce_server::{Server, ServerOptions, ServerStatus, ServerSwitch};
use pounce_service::Settings;
use pounce_service::engines::fake::FakeModel;
use tokio::net::TcpListener;

use crate::client::send;
use crate::fixture::service;

fn settings(enabled: bool, port: u16, token: Option<&str>) -> Settings {
    let mut settings = Settings::default();
    settings.server.enabled = enabled;
    settings.server.port = port;
    settings.server.token = token.map(str::to_owned);
    settings
}

/// A port that is free now.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_server_follows_the_settings_without_a_restart() {
    let (service, _loader, _dir) = service(FakeModel::default(), Settings::default());
    let (switch, port) = (ServerSwitch::default(), free_port().await);
    let address = ([127, 0, 0, 1], port).into();
    switch.follow(&service).await;
    assert_eq!(switch.status(), ServerStatus::Off, "by default");
    service.set_settings(settings(true, port, None)).await.unwrap();
    switch.follow(&service).await;
    assert_eq!(switch.status(), ServerStatus::On { url: format!("http://127.0.0.1:{port}") });
    assert_eq!(send(address, "GET", "/api/version", &[], b"").await.status, 200);
    service.set_settings(settings(true, port, Some("s3cret"))).await.unwrap();
    switch.follow(&service).await;
    assert_eq!(
        send(address, "GET", "/api/version", &[], b"").await.status,
        401,
        "a new token at once"
    );
    service.set_settings(settings(false, port, None)).await.unwrap();
    switch.follow(&service).await;
    assert_eq!(switch.status(), ServerStatus::Off);
    TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free again");
}

#[tokio::test]
async fn a_port_in_use_is_told_with_the_program_that_has_it() {
    let (service, _loader, _dir) = service(FakeModel::default(), Settings::default());
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    let options = ServerOptions { port, token: None };
    let error = Server::start(service.clone(), options).await.unwrap_err().to_string();
    assert!(error.contains(&port.to_string()) && error.contains("choose another"), "{error}");
    service.set_settings(settings(true, port, None)).await.unwrap();
    let switch = ServerSwitch::default();
    switch.follow(&service).await;
    let ServerStatus::PortInUse { port: told, program } = switch.status() else {
        panic!("{:?}", switch.status())
    };
    assert_eq!(told, port);
    if cfg!(target_os = "linux") {
        let name = std::fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(program.as_deref(), Some(name.trim()), "this test has it");
    }
    drop(other);
    switch.follow(&service).await;
    assert!(matches!(switch.status(), ServerStatus::On { .. }), "it is tried again");
}
