//! The characters that every bank takes (SWIFT's character set x without line ends, the basic set of ISO 20022 guidelines):
//! `a-z A-Z 0-9 / - ? : ( ) . , ' +` and the space.

/// Latin letters with marks, and signs, each with what it is written as. Combining marks are left out.
const AS: &[(&str, &str)] = &[
    ("A", "ÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ"),
    ("AE", "ÆǢǼ"),
    ("B", "Ɓ"),
    ("C", "ÇĆĈĊČ"),
    ("D", "ÐĎĐƉƊḌ"),
    ("E", "ÈÉÊËĒĔĖĘĚƎƐẸẺẼẾỀỂỄỆ"),
    ("F", "Ƒ"),
    ("G", "ĜĞĠĢƓǤǦǴ"),
    ("H", "ĤĦḤ"),
    ("I", "ÌÍÎÏĨĪĬĮİƗǏỈỊ"),
    ("J", "Ĵ"),
    ("K", "ĶƘǨ"),
    ("L", "ĹĻĽĿŁḶ"),
    ("M", "ḾṂ"),
    ("N", "ÑŃŅŇŊƝǸṄṆ"),
    ("O", "ÒÓÔÕÖØŌŎŐƆƠǑǪỌỎỐỒỔỖỘỚỜỞỠỢ"),
    ("OE", "Œ"),
    ("P", "Ƥ"),
    ("R", "ŔŖŘṚ"),
    ("S", "ŚŜŞŠȘṢ"),
    ("SS", "ẞ"),
    ("T", "ŢŤŦƬƮȚṬ"),
    ("TH", "Þ"),
    ("U", "ÙÚÛÜŨŪŬŮŰŲƯƱǓǗỤỦỨỪỬỮỰ"),
    ("V", "Ʋ"),
    ("W", "ŴẀẂẄ"),
    ("X", "Ẋ"),
    ("Y", "ÝŶŸƳȲẎỲỴỶỸ"),
    ("Z", "ŹŻŽƵẒ"),
    ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặª"),
    ("ae", "æǣǽ"),
    ("b", "ɓ"),
    ("c", "çćĉċč"),
    ("d", "ðďđɖɗḍ"),
    ("e", "èéêëēĕėęěǝəɛẹẻẽếềểễệ"),
    ("f", "ƒ"),
    ("g", "ĝğġģɠɣǥǧǵ"),
    ("h", "ĥħḥ"),
    ("i", "ìíîïĩīĭįıɨǐỉị"),
    ("j", "ĵ"),
    ("k", "ķƙǩ"),
    ("l", "ĺļľŀłḷ"),
    ("m", "ḿṃ"),
    ("n", "ñńņňŋɲǹṅṇŉ"),
    ("o", "òóôõöøōŏőɔơǒǫọỏốồổỗộớờởỡợº"),
    ("oe", "œ"),
    ("p", "ƥ"),
    ("r", "ŕŗřṛ"),
    ("s", "śŝşšșṣ"),
    ("ss", "ß"),
    ("t", "ţťŧƭʈțṭ"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųưʊǔǘụủứừửữự"),
    ("v", "ʋ"),
    ("w", "ŵẁẃẅ"),
    ("x", "ẋ"),
    ("y", "ýÿŷƴȳẏỳỵỷỹ"),
    ("z", "źżžƶẓ"),
    ("'", "’‘‛ʼʻʹʾʿ′`´ꞌ\"“”„"),
    ("-", "‐‑‒–—_"),
    ("+", "&"),
    (",", ";"),
    (" ", "\u{a0}\u{2009}\u{202f}"),
    (".", "·•"),
];

/// The text in the basic set; `None` if it has a character that has no counterpart there, or if nothing would be left.
pub(crate) fn basic(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_basic(c) {
            out.push(c);
        } else if !('\u{300}'..='\u{36f}').contains(&c) {
            out.push_str(AS.iter().find(|(_, letters)| letters.contains(c))?.0);
        }
    }
    let out = out.trim();
    // Payment systems forbid a slash at either end, and two in a row.
    let is_fine = !out.is_empty() && !out.starts_with('/') && !out.ends_with('/') && !out.contains("//");
    is_fine.then(|| out.to_owned())
}

fn is_basic(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/-?:().,'+ ".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_lose_their_marks() {
        for (text, want) in [
            ("Thandiwe O'Neill-Ndlovu (Jr.)", "Thandiwe O'Neill-Ndlovu (Jr.)"),
            ("Zoë Müller-Weiß", "Zoe Muller-Weiss"),
            ("Ọlá Ṣẹ́gun Ọ̀ṣọ́", "Ola Segun Oso"),
            ("Ɓala Ƙofar Ŋmaa ɛɔ", "Bala Kofar Nmaa eo"),
            ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
            ("e\u{301}", "e"),
            ("Smith & Sons; “X_Y”", "Smith + Sons, 'X-Y'"),
        ] {
            assert_eq!(basic(text).as_deref(), Some(want));
        }
    }

    #[test]
    fn nothing_is_lost_in_silence() {
        for text in ["አበበ", "محمد", "Иван", "李", "a😀", "a@b", "", " ", "\u{301}", "/a", "a/", "a//b", "a\n"]
        {
            assert_eq!(basic(text), None, "{text:?}");
        }
    }

    #[test]
    fn no_character_has_two_counterparts() {
        let mut all: Vec<char> = AS.iter().flat_map(|(_, letters)| letters.chars()).collect();
        assert!(all.iter().all(|c| !is_basic(*c)));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    proptest! {
        #[test]
        fn what_is_basic_stays_so(text in "\\PC{0,20}") {
            if let Some(out) = basic(&text) {
                prop_assert!(out.chars().all(is_basic));
                prop_assert_eq!(basic(&out), Some(out));
            }
        }
    }
}
