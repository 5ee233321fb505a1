//! What kind of phone it is, so that a person tells two apart in the list.
//!
//! A browser says much of itself, and may say anything: only words of ours come out.
//!
//! Not here: the list (`routes`).

/// What a `User-Agent` belongs to: `iPhone · Safari`.
pub(super) fn family(agent: &str) -> String {
    const DEVICES: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    // Those that call themselves by another's name, too, come before it.
    const BROWSERS: [(&str, &str); 8] = [
        ("MicroMessenger", "WeChat"),
        ("AlipayClient", "Alipay"),
        ("DingTalk", "DingTalk"),
        ("Edg", "Edge"),
        ("FxiOS", "Firefox"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    let found = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (found(&DEVICES), found(&BROWSERS)) {
        (Some(device), Some(browser)) => format!("{device} · {browser}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_told_apart_and_only_words_of_ours_come_out() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "iPhone · Safari",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.47",
                "Android · WeChat",
            ),
            ("<script>alert(1)</script>", "?"),
            ("", "?"),
        ] {
            assert_eq!(family(agent), name);
        }
    }
}
