#!/usr/bin/env bash
# openssl reads lebombo's keys, lebombo reads openssl's, and each checks what the other signed.
#
#   openssl.sh LEBOMBO WORK      run by run.sh, with LEBOMBO_HOME set to a profile that has the project `interop`
set -euo pipefail

lebombo=$1
dir=$2/openssl
type=application/vnd.lebombo.event.v1+json
mkdir "$dir"
cd "$dir"
printf 'correct horse' >passphrase
printf 'wrong horse' >other

failed=0
# check NAME FUNCTION: a function's first failing command fails the check, and is told. Bash would ignore `set -e` in a
# function whose status is tested at once.
check() {
  local status=0
  set +e
  (set -eE; trap 'echo "at line $LINENO: $BASH_COMMAND"' ERR; "$2") >said 2>&1
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    echo "ok openssl/$1"
  else
    failed=1
    echo "FAILED openssl/$1: $(tail -n 2 said | tr '\n' ' ')"
  fi
}

# refused COMMAND...: the negative control.
refused() {
  if "$@" </dev/null; then
    echo "accepted: $*"
    return 1
  fi
}

# rejected COMMAND...: lebombo's own no, status 1. With status 2 it could not tell.
rejected() {
  local status=0
  "$lebombo" "$@" </dev/null || status=$?
  [ "$status" -eq 1 ] || { echo "status $status, not 1: $*"; return 1; }
}

# The public key, in base64, as each of the two sees it. lebombo shows it in a vkey: name+id+base64(0x01 ‖ key).
public_to_openssl() { openssl pkey -in "$1" "${@:2}" -pubout -outform DER | tail -c 32 | openssl base64 -A; }
public_to_lebombo() {
  "$lebombo" key show "$@" --name x | sed -n 's/^x+[0-9a-f]*+//p' | openssl base64 -d -A | tail -c 32 \
    | openssl base64 -A
}
same() { [ -n "$1" ] && [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }

generated() {
  "$lebombo" key generate --out generated.pem
  openssl pkey -in generated.pem -noout -text | grep 'ED25519 Private-Key'
  same "$(public_to_openssl generated.pem)" "$(public_to_lebombo generated.pem)"
}

exported() {
  "$lebombo" key export --project interop --out exported.pem
  openssl pkey -in exported.pem -noout -text | grep 'ED25519 Private-Key'
  same "$(public_to_openssl exported.pem)" "$(public_to_lebombo --project interop)"
  refused same "$(public_to_openssl exported.pem)" "$(public_to_lebombo generated.pem)"
}

encrypted() {
  "$lebombo" key export --project interop --out encrypted.pem --passphrase --passphrase-fd 3 3<passphrase
  grep -q 'BEGIN ENCRYPTED PRIVATE KEY' encrypted.pem
  openssl pkey -in encrypted.pem -passin file:passphrase -noout -text | grep 'ED25519 Private-Key'
  same "$(public_to_openssl encrypted.pem -passin file:passphrase)" "$(public_to_lebombo --project interop)"
  refused openssl pkey -in encrypted.pem -passin file:other -noout
}

made_by_openssl() {
  openssl genpkey -algorithm ed25519 -out plain.pem
  same "$(public_to_lebombo plain.pem)" "$(public_to_openssl plain.pem)"
  openssl pkcs8 -topk8 -in plain.pem -scrypt -passout file:passphrase -out scrypt.pem
  same "$(public_to_lebombo scrypt.pem --passphrase-fd 3 3<passphrase)" "$(public_to_openssl plain.pem)"
  refused "$lebombo" key show scrypt.pem --passphrase-fd 3 3<other
}

# pae PAYLOAD-FILE: what is signed.
pae() {
  printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$1")"
  cat "$1"
}

# The entry of some receipt. Entries have one spelling, so that sed can read them.
signed_by_lebombo() {
  local did receipt entry=entry.json
  did=$("$lebombo" key show --project interop)
  receipt=$(find "$LEBOMBO_HOME/receipts" -name '*.tlog-proof' -print -quit)
  sed -n 's/^extra //p' "$receipt" | openssl base64 -d -A >"$entry"
  grep -q "\"keyid\":\"$did\"" "$entry"
  sed 's/^{"payload":"\([^"]*\)".*/\1/' "$entry" | openssl base64 -d -A >theirs.payload
  sed 's/.*"sig":"\([^"]*\)".*/\1/' "$entry" | openssl base64 -d -A >theirs.sig
  pae theirs.payload >theirs.pae
  openssl pkey -in exported.pem -pubout -out exported.pub
  openssl pkeyutl -verify -pubin -inkey exported.pub -rawin -in theirs.pae -sigfile theirs.sig
  { cat theirs.pae; echo; } >changed.pae
  refused openssl pkeyutl -verify -pubin -inkey exported.pub -rawin -in changed.pae -sigfile theirs.sig
  openssl pkey -in generated.pem -pubout -out generated.pub
  refused openssl pkeyutl -verify -pubin -inkey generated.pub -rawin -in theirs.pae -sigfile theirs.sig
}

# envelope PAYLOAD-FILE DID KEY: an event that lebombo had no part in.
envelope() {
  pae "$1" >envelope.pae
  openssl pkeyutl -sign -inkey "$3" -rawin -in envelope.pae -out envelope.sig
  printf '{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}\n' \
    "$(openssl base64 -A <"$1")" "$type" "$2" "$(openssl base64 -A <envelope.sig)"
}

signed_by_openssl() {
  local did log project id
  did=$("$lebombo" key show --project interop)
  "$lebombo" project show interop >shown
  project=$(sed -n 's/^  id  *//p' shown)
  log=$(sed -n 's/^  log  *//p' shown)
  printf '{"body":{"activity":"labelling","charter":"%s","quantity":7,"unit":"item","work":"annotation"},' "$project" >p
  printf '"date":"2026-03-02","id":"%s","kind":"contribution","log":"%s",' "$(openssl rand -hex 16)" "$log" >>p
  printf '"project":"%s","signers":["%s"]}' "$project" "$did" >>p
  envelope p "$did" generated.pem >forged.ndjson
  rejected verify forged.ndjson
  rejected push forged.ndjson
  envelope p "$did" exported.pem >event.ndjson
  "$lebombo" verify event.ndjson
  "$lebombo" push event.ndjson
  id=$(pae p | openssl dgst -sha256 -r | cut -d ' ' -f 1)
  "$lebombo" verify "$LEBOMBO_HOME/receipts/${id:0:2}/$id.tlog-proof" --policy "$LEBOMBO_HOME/policy"
}

check reads-a-generated-key generated
check reads-an-exported-key exported
check reads-an-encrypted-key encrypted
check makes-keys-that-are-read made_by_openssl
check verifies-our-signature signed_by_lebombo
check signs-an-event-that-is-logged signed_by_openssl
exit "$failed"
