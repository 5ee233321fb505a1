//! The paper behind its port and its page.

use super::*;

use tokio::io::AsyncWriteExt as _;

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

async fn start() -> Bound {
    let (tell, told) = tokio::sync::oneshot::channel();
    let options = Options {
        listen: LOOPBACK,
        web: Some(LOOPBACK),
        width: Width::Mm80,
        charset: Charset::Gb18030,
    };
    tokio::spawn(serve(options, |bound| tell.send(bound).unwrap()));
    told.await.unwrap()
}

async fn ask(web: SocketAddr, request: &str) -> String {
    let mut page = TcpStream::connect(web).await.unwrap();
    let request = format!("{request} HTTP/1.1\r\nHost: {web}\r\nConnection: close\r\n\r\n");
    page.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    page.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Waits until the page shows `what`.
async fn wait_for(web: SocketAddr, what: &str) -> String {
    for _ in 0..200 {
        let state = ask(web, "GET /state.json").await;
        if state.contains(what) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the page never shows {what}");
}

#[tokio::test]
async fn a_job_is_answered_and_lies_on_the_desk() {
    let bound = start().await;
    let web = bound.web.unwrap();
    let mut till = TcpStream::connect(bound.listen).await.unwrap();
    till.write_all(b"\x10\x04\x01<b>Total</b>\n\x1dV\x00\x1bp\x00\x19\xfa").await.unwrap();
    let mut answer = [0];
    till.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, [0x16]);
    let state = wait_for(web, "\"drawer_kicks\":1").await;
    assert!(state.contains("\"cut\":\"full\"") && state.contains("application/json"));
    assert!(ask(web, "GET /slips/1.txt").await.ends_with("\r\n\r\n<b>Total</b>\n"));
    assert!(ask(web, "GET /slips/1.png").await.contains("image/png"));
    assert!(ask(web, "GET /slips/7.png").await.starts_with("HTTP/1.1 404"));
    assert!(ask(web, "GET /").await.contains("lang=\"zh-CN\""));
    assert!(ask(web, "GET /?lang=en").await.contains("lang=\"en\""));
}

#[tokio::test]
async fn the_second_till_waits_for_the_first() {
    let bound = start().await;
    let mut first = TcpStream::connect(bound.listen).await.unwrap();
    first.write_all(b"first, ").await.unwrap();
    let mut second = TcpStream::connect(bound.listen).await.unwrap();
    second.write_all(b"second\n\x1dV\x00").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.write_all(b"still first\n").await.unwrap();
    drop(first);
    let state = wait_for(bound.web.unwrap(), "second").await;
    assert!(state.contains("first, still first\\nsecond\\n"));
}

#[tokio::test]
async fn paper_without_a_cut_is_torn_off_by_hand() {
    let bound = start().await;
    let web = bound.web.unwrap();
    TcpStream::connect(bound.listen).await.unwrap().write_all(b"no cutter\n").await.unwrap();
    wait_for(web, "no cutter").await;
    assert!(ask(web, "POST /tear").await.starts_with("HTTP/1.1 204"));
    assert!(wait_for(web, "\"slips\":[{").await.contains("\"cut\":null"));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let bound = start().await;
    let options =
        Options { listen: bound.listen, web: None, width: Width::Mm58, charset: Charset::Utf8 };
    let error = serve(options, |_| ()).await.unwrap_err();
    assert!(error.to_string().contains(&bound.listen.to_string()));
}
