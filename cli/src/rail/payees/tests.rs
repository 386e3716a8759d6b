use super::*;

const ALICE: &str = "alias:desk:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "alias:desk:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const HEADER: &str = "contributor,name,identifier_type,identifier";

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn read(text: &str) -> Result<Payees, PayeesError> {
    Payees::read(text.as_bytes(), usd())
}

/// The code of what a file with these rows is refused for.
fn code(header: &str, rows: &str) -> String {
    let error = read(&format!("{header}\n{rows}")).unwrap_err();
    let text = crate::failure::explain(&error);
    // Whoever reads the terminal learns which line, and nobody's account.
    assert!(!text.contains("Alice") && !text.contains("254700"), "{text}");
    error.code().to_owned()
}

#[test]
fn a_file_is_read_whatever_the_order_of_its_columns() {
    let text = format!(
        "\u{feff}fee,identifier,identifier_type,name,contributor,agent,country,withholding\r\n\
         0.25,+254700000001,MSISDN, Alice N. ,{ALICE},,KE,7.5\r\n\
         ,DE89 3704 0044 0532 0130 00,IBAN,\"Bob, Jr.\",{BOB},COBADEFF,,\r\n"
    );
    let payees = read(&text).unwrap();
    assert_eq!((payees.len(), payees.notices.as_slice()), (2, &[][..]));
    let alice = payees.get(ALICE).unwrap();
    assert_eq!((alice.name.as_str(), alice.account.identifier()), ("Alice N.", "254700000001"));
    assert_eq!((alice.withholding, alice.fee, alice.country.as_deref()), (Some(750), Some(25), Some("KE")));
    let bob = payees.get(BOB).unwrap();
    assert_eq!((bob.name.as_str(), bob.withholding, bob.fee), ("Bob, Jr.", None, None));
    assert!(payees.get("alias:desk:cc").is_none());
}

#[test]
fn columns_are_needed_known_and_once() {
    assert_eq!(code("contributor,name,identifier_type", ""), "import-column-missing");
    assert_eq!(code(&format!("{HEADER},iban"), ""), "payees-column-unknown");
    assert_eq!(code(&format!("{HEADER},"), ""), "payees-column-unknown");
    assert_eq!(code(&format!("{HEADER},name"), ""), "import-column-repeated");
    assert_eq!(read("").unwrap_err().code(), "import-header-missing");
}

#[test]
fn lines_at_fault_are_named() {
    for (row, want) in [
        (format!("{ALICE},Alice,MSISDN"), "payees-line-malformed"),
        (format!("{ALICE},Alice,MSISDN,254700000001,x"), "payees-line-malformed"),
        ("alice,Alice,MSISDN,254700000001".to_owned(), "payee-contributor"),
        (format!("{ALICE},,MSISDN,254700000001"), "account-name-missing"),
        (format!("{ALICE},{},MSISDN,254700000001", "Alice".repeat(40)), "account-name-too-long"),
        (format!("{ALICE},Al\u{7}ice,MSISDN,254700000001"), "cell-control-character"),
        (format!("{ALICE},Al\u{202e}ice,MSISDN,254700000001"), "cell-control-character"),
        (format!("{ALICE},Alice,msisdn,254700000001"), "account-identifier-type"),
        (format!("{ALICE},Alice,MSISDN,"), "account-identifier-missing"),
        (format!("{ALICE},Alice,MSISDN,2547"), "account-msisdn"),
        (format!("{ALICE},Alice,IBAN,DE88370400440532013000"), "account-iban-check-digits"),
        (format!("{ALICE},Alice,IBAN,DE"), "account-iban"),
        (format!("{ALICE},\"Alice,MSISDN,1"), "import-quote-not-closed"),
    ] {
        assert_eq!(code(HEADER, &row), want, "{row}");
        assert!(
            crate::failure::explain(&read(&format!("{HEADER}\n\n{row}\n")).unwrap_err()).contains("line 3"),
            "{row}"
        );
    }
    let mut latin = format!("{HEADER}\n{ALICE},Ali").into_bytes();
    latin.extend(b"\xe9,MSISDN,254700000001\n");
    assert_eq!(Payees::read(&latin, usd()).unwrap_err().code(), "payees-not-utf-8");
    assert_eq!(Payees::read(b"\xff\xfea\0", usd()).unwrap_err().code(), "import-utf-16");
    let row = format!("{ALICE},Alice,IBAN,DE89370400440532013000");
    for (column, cell, want) in [
        ("agent", "bank", "account-bic"),
        ("country", "Kenya", "account-country"),
        ("withholding", "100.01", "payee-withholding"),
        ("withholding", "7.555", "payee-withholding"),
        ("withholding", "7%", "payee-withholding"),
        ("fee", "0.255", "amount-decimals"),
        ("fee", "free", "amount-malformed"),
    ] {
        assert_eq!(code(&format!("{HEADER},{column}"), &format!("{row},{cell}")), want, "{column} {cell}");
    }
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_refused() {
    for start in ["=", "+", "-", "@", " =", "\"\t\"=", "\"\r\"="] {
        assert_eq!(
            code(HEADER, &format!("{ALICE},{start}1+1,MSISDN,254700000001")),
            "cell-formula",
            "{start:?}"
        );
        assert_eq!(code(HEADER, &format!("{ALICE},Alice,ACCOUNT,{start}1")), "cell-formula", "{start:?}");
        let extra = format!("{ALICE},Alice,ACCOUNT,1,{start}1");
        assert_eq!(code(&format!("{HEADER},agent"), &extra), "cell-formula", "{start:?}");
    }
    for number in ["=254700000001", "-254700000001", "+=254700000001", "+@254700000001"] {
        assert_eq!(code(HEADER, &format!("{ALICE},Alice,MSISDN,{number}")), "cell-formula", "{number}");
    }
    assert!(read(&format!("{HEADER}\n{ALICE},Alice,MSISDN,+254700000001")).is_ok());
}

#[test]
fn one_person_has_one_account() {
    let rows = |a: &str, b: &str| read(&format!("{HEADER}\n{a}\n{b}\n"));
    let one = format!("{ALICE},Alice,MSISDN,+254700000001");
    let again = rows(&one, &format!("{ALICE},Alice,MSISDN,254700000001")).unwrap();
    assert_eq!((again.len(), again.notices), (1, vec![Notice::PayeeRepeated { line: 3, first: 2 }]));
    let two = rows(&one, &format!("{ALICE},Alice,MSISDN,254700000002"));
    assert!(matches!(two, Err(PayeesError::TwoAccounts { line: 3, first: 2 })));
    let other_name = rows(&one, &format!("{ALICE},Alicia,MSISDN,254700000001"));
    assert!(matches!(other_name, Err(PayeesError::Contradicts { line: 3, first: 2 })));
    let together = rows(&one, &format!("{BOB},Bob,MSISDN,254700000001")).unwrap();
    assert_eq!((together.len(), together.notices), (2, vec![Notice::OneAccount { line: 3, first: 2 }]));
}

#[test]
fn nothing_personal_is_shown() {
    let payees = read(&format!("{HEADER}\n{ALICE},Alice,MSISDN,254700000001\n")).unwrap();
    let text = format!("{payees:?}");
    assert!(!text.contains("Alice") && !text.contains("254700"), "{text}");
    assert_eq!(readable_by_others(0o100_600), None);
    assert_eq!(readable_by_others(0o100_640), Some(Notice::ReadableByOthers { mode: 0o640 }));
    assert!(readable_by_others(0o644).unwrap().to_string().contains("mode 644"));
}

#[test]
fn percentages_are_basis_points() {
    for (text, points) in
        [("0", 0), ("100", 10_000), ("7.5", 750), ("0.01", 1), ("15.00", 1_500), ("007", 700)]
    {
        assert_eq!(basis_points(text), Some(points), "{text}");
    }
    for text in ["", ".5", "5.", "-1", "+1", "1e1", "100.01", "101", "9999", "1,5", "٥", "6553.6"] {
        assert_eq!(basis_points(text), None, "{text}");
    }
}

#[test]
fn a_file_has_bounds() {
    assert!(matches!(Payees::read(&vec![b'\n'; MAX_FILE + 1], usd()), Err(PayeesError::TooLarge)));
}
