#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfscert as far as it does not touch the kernel: new, sign, list, show, check, and load --dry-run with everything that
# cannot be loaded.
set -eu

build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
source_dir=$(cd "${TOP_SRCDIR:-.}" && pwd)
program=$build/utils/nfscert/nfscert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
# A copy, since the ordinary user may not be let into the build folder.
cp "$program" "$work/for-everybody"
cd "$work"

# shellcheck source=tap.sh
. "$source_dir/tests/shell/tap.sh"
nfscert() { "$program" "$@"; }
quietly() { "$@" >log 2>&1 || { cat log >&2; echo "Bail out! failed: $*"; exit 1; }; }

# ---- the command line ----

ends "--help" 0 'nfscert load .*nfscert sign ' nfscert --help
ends "--version" 0 '^nfscert: nfs-tls-utils [0-9]' nfscert --version
ends "nothing" 64 'which command' nfscert
ends "an unknown command" 64 "nfscert: 'lode' is not an nfscert command. See 'nfscert --help'." nfscert lode
for command in load unload list show check verify new sign; do
	ends "$command --help" 0 "^Usage: nfscert $command .*See nfscert\\(8\\)" nfscert "$command" --help
	ends "$command: an unknown option" 64 "nfscert: $command: unknown option --nonsense: see nfscert $command --help" \
		nfscert "$command" --nonsense
done
ends "a name that cannot be one" 64 '"\.\./host" is no name' nfscert load -n ../host
ends "--cert without --key" 64 'needs --key' nfscert load --cert x
ends "--all with a name" 64 'takes neither' nfscert load --all host
ends "--passphrase-fd with the passphrase itself" 64 'number of an open descriptor' nfscert load --passphrase-fd secret
ends "--settle with what can be read only once" 64 '--settle is for names whose files can be read again' nfscert load -n --settle \
	--passphrase-fd 7
ends "--role" 64 'client or server' nfscert load --role both
ends "unload without a name" 64 'which one' nfscert unload
ends "verify without a server" 64 'with which server' nfscert verify
ends "verify what is nowhere" 14 'nothing is loaded under that name' nfscert verify there-is-no-such-name --peer server
ends "loading as an ordinary user" 1 'only root' setpriv --reuid 65534 --regid 65534 --clear-groups "$work/for-everybody" load

# ---- new and sign ----

# modes FOLDER: of the files in it, by name
modes() { (cd "$1" && stat -c '%n %a' -- *); }
# wide CALLS: files of keys that were ever made wider than 0600, in what strace saw
wide() { grep -E 'openat?\(.*key.*O_CREAT' calls | grep -vE ', 0600\) ' || true; grep -E 'chmod.*key' calls | grep -v 0600 || true; }

umask 000
quietly strace -f -o calls -e trace=open,openat,creat,chmod,fchmod,fchmodat "$program" new -d certs --ca ca \
	--dns server.example.com --ip 192.0.2.1 --ip 2001:db8::1
umask 022
ends "new --ca: modes, whatever the umask" 0 $'^host\\.key 600\nhost\\.pem 644$' modes certs
ends "new --ca: modes of the authority" 0 $'^ca\\.key 600\nca\\.pem 644$' modes ca
ends "new --ca: the folders are private" 0 $'^700\n700$' stat -c %a certs ca
ends "new --ca: keys were seen being made" 0 'host\.key' grep O_CREAT calls
ends "new --ca: and were never readable by others" 0 '^$' wide
ends "new --ca, all in one folder" 0 'the certificate' timeout 60 "$program" new -d one --ca one/. --dns one.example
ends "new again" 3 'host\.key is there already: --reuse-key takes it, --force replaces it' nfscert new -d certs --ca ca
before=$(sha256sum certs/host.key)
ends "new --reuse-key" 0 'the certificate for a\.example, 192\.0\.2\.7' nfscert new -d certs --ca ca --reuse-key --dns a.example \
	--ip 192.0.2.7
ends "new --reuse-key: the key is the same" 0 "^$before\$" sha256sum certs/host.key
ends "new --reuse-key with a kind" 64 '--key-type is for a key that is made' nfscert new -d certs --ca ca --reuse-key --key-type rsa
ends "new --force" 0 'certificate for server\.example\.com' nfscert new -d certs --ca ca --force --dns server.example.com
for kind in ecdsa rsa ed25519; do
	ends "new --key-type $kind: a request" 0 'Have it signed' nfscert new -d certs --dns "$kind.example" --key-type "$kind" "$kind"
	ends "sign $kind" 0 "$kind\\.pem: the certificate for $kind\\.example" nfscert sign --ca ca "certs/$kind.csr"
	ends "what was signed can be loaded" 0 "$kind: can be loaded, as client and server" \
		nfscert load -n -d certs --truststore ca/ca.pem "$kind"
	ends "openssl takes it" 0 'OK' openssl verify -CAfile ca/ca.pem -x509_strict -purpose sslserver "certs/$kind.pem"
	ends "new --self-signed: $kind" 0 'the certificate for ' nfscert new -d certs --self-signed --key-type "$kind" --dns x.example "own-$kind"
	ends "it vouches for itself" 0 'can be loaded' nfscert load -n -d certs --truststore certs/own-$kind.pem "own-$kind"
	ends "openssl takes that" 0 'OK' openssl verify -CAfile "certs/own-$kind.pem" "certs/own-$kind.pem"
done
ends "new --force keeps the names" 0 'certificate for rsa\.example[[:space:]]' nfscert new -d certs --ca ca --force rsa
ends "new --reuse-key keeps the names" 0 'the request for rsa\.example' nfscert new -d certs --reuse-key rsa
ends "the request is called what RFC 7468 calls it" 0 '^1$' grep -c '^-----BEGIN CERTIFICATE REQUEST-----$' certs/rsa.csr
ends "a certificate whose key is in the kernel alone" 3 'lone\.pem is there already: --force' bash -c '
	cp certs/rsa.pem certs/lone.pem; "$0" new -d certs --ca ca lone' "$program"
ends "it stays" 0 '^$' cmp certs/rsa.pem certs/lone.pem
rm certs/lone.pem
ends "--reuse-key without one" 3 'none\.key' nfscert new -d certs --ca ca --reuse-key --dns none.example none
ends "--force beside a certificate that cannot be read" 64 'names of the old certificate cannot be taken over' bash -c '
	echo nonsense >certs/odd.pem; "$0" new -d certs --ca ca --force odd' "$program"
ends "it stays, too" 0 '^nonsense$' cat certs/odd.pem
ends "with a name" 0 'certificate for odd\.example' nfscert new -d certs --ca ca --force --dns odd.example odd
crossed() { # two that use each other's folder
	local pids=() pid
	for pid in 1 2 3 4; do
		timeout 60 "$program" new -f -d cross-a --ca cross-b --dns a.example "a$pid" >log 2>&1 & pids+=($!)
		timeout 60 "$program" new -f -d cross-b --ca cross-a --dns b.example "b$pid" >log 2>&1 & pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || return 1; done
}
ends "two that use each other's folder do not wait for each other" 0 '' crossed
# What somebody has put where the new key is written, to read along.
ends "a file in the way" 0 '^$' bash -c '
	touch certs/spy.key.tmp; chmod 666 certs/spy.key.tmp; exec 9<certs/spy.key.tmp
	"$0" new -d certs --ca ca --dns spy.example spy >log && cat <&9' "$program"
# at_once N FOLDER COMMAND...: all of them must succeed
at_once() {
	local n=$1 failed=0 pids=() pid
	shift
	for ((i = 0; i < n; i++)); do "${@//@/$i}" >"log.$i" 2>&1 & pids+=($!); done
	for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
	cat log.[0-9]*
	return "$failed"
}
for round in 1 2 3; do
	ends "many at once make one authority ($round)" 0 'a new authority' at_once 6 "$program" new -d "at-once-$round" \
		--ca "ca-$round" --dns h@.example h@
	ends "it has signed all of them ($round)" 0 "^(at-once-$round/h[0-5]\\.pem: OK.?){6}\$" openssl verify \
		-CAfile "ca-$round/ca.pem" "at-once-$round"/h[0-5].pem
	ends "and can sign more ($round)" 0 'the certificate' nfscert new -d "at-once-$round" --ca "ca-$round" --dns more.example more
	ends "many at once replace one name ($round)" 0 'the certificate' at_once 6 "$program" new -f -d "at-once-$round" \
		--ca "ca-$round" more
	ends "what is left is a pair ($round)" 0 'can be loaded' nfscert load -n -d "at-once-$round" \
		--truststore "ca-$round/ca.pem" more
done
ends "new --days beyond the authority's" 0 'certificate' nfscert new -d certs --ca ca --days 36500 --dns long.example long
ends "it ends with the authority" 0 '^36[0-9][0-9]|^3650' bash -c \
	'"$0" show --json -d certs long | sed -nE "s/.*days_left\": *([0-9]+).*/\1/p"' "$program"
ends "a request with a wrong signature" 5 'signature is wrong' bash -c '
	openssl req -in certs/rsa.csr -outform DER -out bad.der
	printf "\x00\x01\x02" | dd of=bad.der bs=1 seek=$(($(stat -c %s bad.der) - 20)) conv=notrunc 2>/dev/null
	openssl req -inform DER -in bad.der -out bad.csr
	"$0" sign --ca ca bad.csr' "$program"
quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=nameless -keyout nameless.key \
	-out nameless.csr
ends "a request without names" 5 'asks for no name' nfscert sign --ca ca nameless.csr
ends "nothing was written" 1 '' test -e nameless.pem
ends "no request" 5 'no certificate request can be read' nfscert sign --ca ca certs/host.pem
ends "no authority" 3 'has no authority' nfscert sign --ca certs certs/rsa.csr
# request NAME SUBJECT-ALTERNATIVE-NAMES ALGORITHM...
request() {
	quietly openssl req -new -newkey "${@:3}" -noenc -subj /CN=x -addext "subjectAltName=$2" -keyout "$1.key" -out "$1.csr"
}
request weak-one DNS:weak.example rsa:512
ends "a request for a weak key" 7 'a key of 512 bits \(RSA\) is too weak' nfscert sign --ca ca weak-one.csr
request curve DNS:curve.example ec -pkeyopt ec_paramgen_curve:secp256k1
ends "a request for a key that TLS 1.3 has not" 7 'cannot sign in TLS 1\.3' nfscert sign --ca ca curve.csr
for names in 'DNS:*' 'email:a@b.example' 'DNS:good.example,URI:https://x' 'DNS:*.example'; do
	request odd "$names" ec -pkeyopt ec_paramgen_curve:P-256
	ends "a request for $names" 5 'a name that no host has' nfscert sign --ca ca odd.csr
done
ends "nothing was written for any of them" 2 '' ls weak-one.pem curve.pem odd.pem
mkdir half
cp ca/ca.pem half
ends "half an authority" 3 'ca\.pem is there, but not half/ca\.key' nfscert sign --ca half certs/rsa.csr
quietly openssl req -new -newkey rsa:2048 -noenc -subj /CN=evil -addext basicConstraints=critical,CA:TRUE \
	-addext subjectAltName=DNS:evil.example -keyout evil.key -out evil.csr
ends "who asks to be an authority" 0 'for evil\.example' nfscert sign --ca ca evil.csr
ends "is made none" 0 'CA:FALSE' openssl x509 -in evil.pem -noout -ext basicConstraints
ends "a folder that cannot be made" 3 'cannot make the folder /proc/none' nfscert new -d /proc/none --dns none.example
ends "new, and standard output is full" 1 'nfscert: cannot write to standard output [(]No space left' bash -c '
	"$0" new -d certs --ca ca --dns full.example full >/dev/full' "$program"
mkdir keyless
quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=keyless -days 9 -keyout keyless/ca.key \
	-out keyless/ca.pem -addext subjectKeyIdentifier=none -addext authorityKeyIdentifier=none
ends "an authority of one's own without a subjectKeyIdentifier" 0 'the certificate' nfscert sign --ca keyless --force certs/rsa.csr
ends "what it signs verifies" 0 'OK' openssl verify -CAfile keyless/ca.pem certs/rsa.pem

# ---- what is there is not written over ----

# state FOLDER: of every file in it, but for the lock
state() { (cd "$1" && find . ! -name .nfscert.lock -printf '%p %y %l\n' | sort && find . -type f ! -name .nfscert.lock -exec sha256sum {} + | sort); }
# spares WHAT STATUS ERE FOLDER COMMAND...: it fails, and nothing in the folder is another afterwards
spares() {
	local before
	before=$(state "$4")
	ends "$1" "$2" "$3" "${@:5}"
	is "$1: nothing has changed" "$(state "$4")" "$before"
}
# A host that has an authority: NAME.key and NAME.pem are a pair, and others' requests come by.
sited() {
	rm -rf site
	quietly "$program" new -d site --ca site --dns host.example host
	for name in guest ca host renewed; do
		quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=guest -addext subjectAltName=DNS:guest.example \
			-keyout "site-$name.key" -out "site/$name.csr"
	done
}
sited
spares "sign: the authority's own" 3 'ca\.pem is there already: --force replaces it' site nfscert sign --ca site site/ca.csr
spares "sign: by another way" 3 'ca\.pem is there already' site bash -c 'cd site && "$0" sign --ca "$OLDPWD/site/." ca.csr' "$program"
spares "sign: of a request without suffix" 3 'ca\.pem is there already' site bash -c 'cd site && cp ca.csr ../ca.tmp && cp ../ca.tmp ca &&
	trap "rm ca" EXIT; "$0" sign --ca . ca' "$program"
spares "sign: the host's" 3 'host\.pem is there already' site nfscert sign --ca site site/host.csr
spares "sign --force: the authority's own" 3 "ca\\.pem is an authority's certificate" site nfscert sign --ca site --force site/ca.csr
spares "sign --force: the host's, which has another key" 6 'host\.pem: .*host\.key is another' site nfscert sign --ca site --force site/host.csr
rm site/host.pem
spares "sign: beside another's key" 6 'host\.key is another' site nfscert sign --ca site site/host.csr
sited
ends "sign --force: no key beside it" 0 'guest' bash -c '"$0" sign --ca site site/guest.csr && "$0" sign --ca site --force site/guest.csr' "$program"
cp site-renewed.key site/renewed.key
ends "sign: for the key that is beside it" 0 'renewed\.pem' nfscert sign --ca site site/renewed.csr
spares "sign: again" 3 'renewed\.pem is there already' site nfscert sign --ca site site/renewed.csr
ends "sign --force: again" 0 'renewed\.pem' nfscert sign --ca site --force site/renewed.csr
# A key that cannot be read stays with whom it was.
quietly openssl pkcs8 -topk8 -in site-renewed.key -passout pass:secret -out site/renewed.key
ends "sign --force: the key is encrypted, and the certificate has the same" 0 'renewed\.pem' nfscert sign --ca site --force site/renewed.csr
cp site/guest.csr site/renewed.csr
spares "sign --force: the key is encrypted, and the certificate has another" 6 'renewed\.key is cannot be seen' site nfscert sign --ca site \
	--force site/renewed.csr
echo nonsense >site/host.key
spares "sign --force: the key is none" 6 'host\.key is cannot be seen' site nfscert sign --ca site --force site/host.csr
# What is in the way, whatever it is.
for kind in link dangling folder pipe; do
	sited
	case $kind in
	link) ln -s ../ca/ca.pem site/guest.pem ;;
	dangling) ln -s nowhere site/guest.pem ;;
	folder) mkdir site/guest.pem ;;
	pipe) mkfifo site/guest.pem ;;
	esac
	spares "sign: a $kind in the way" 3 'guest\.pem is there already' site timeout 20 "$program" sign --ca site site/guest.csr
done
spares "sign --force: a pipe" 3 'guest\.pem: what is there is no regular file' site timeout 20 "$program" sign --ca site --force site/guest.csr
rm site/guest.pem
mkdir site/guest.pem
spares "sign --force: a folder" 3 'guest\.pem: it is a folder' site nfscert sign --ca site --force site/guest.csr
rmdir site/guest.pem
ln -s ../site-guest.key site/guest.pem
spares "sign --force: a link to a key" 3 'guest\.pem holds a private key' site nfscert sign --ca site --force site/guest.csr
rm site/guest.pem
cat site-guest.key certs/host.pem >site/guest.pem
spares "sign --force: a key with its certificate" 3 'guest\.pem holds a private key' site nfscert sign --ca site --force site/guest.csr
ln -sf ../certs/host.pem site/guest.pem
ends "sign --force: a link" 0 'guest' nfscert sign --ca site --force site/guest.csr
ends "sign --force: it is a file now" 0 '^regular file$' stat -c %F site/guest.pem
ends "sign --force: and what it led to is as it was" 0 'server\.example\.com' openssl x509 -in certs/host.pem -noout -ext subjectAltName
ln -f certs/host.pem site/guest.pem
ends "sign --force: a second name of a file" 0 'guest' nfscert sign --ca site --force site/guest.csr
ends "sign --force: the first has what it had" 0 'server\.example\.com' openssl x509 -in certs/host.pem -noout -ext subjectAltName
quietly openssl req -new -key site/ca.key -subj /CN=x -addext subjectAltName=DNS:x.example -out site/own.csr
spares "sign: for the authority's own key" 5 "for the authority's own key" site nfscert sign --ca site site/own.csr
cp site/own.csr site/ca.csr
spares "sign --force: the authority's, for its own key" 5 "for the authority's own key" site nfscert sign --ca site --force site/ca.csr
# Somebody else writes at the same moment: exactly one of all has it, whole.
raced() {
	local pids=() pid i won=0
	for i in 0 1 2 3 4 5; do
		if [ $((i % 2)) = 0 ]; then "$program" sign --ca site site/guest.csr >log 2>&1 &
		else (set -C; echo other >site/guest.pem) 2>log.other & fi
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" && won=$((won + 1)); done
	grep -qxE -- 'other|-----END CERTIFICATE-----' site/guest.pem && echo "$won"
}
for round in 1 2 3 4 5; do
	rm -f site/guest.pem
	ends "sign: one of several gets the place ($round)" 0 '^1$' raced
done
sited
spares "new: the authority's own name" 3 "are the authority's own" site nfscert new -d site --ca site --force --dns x.example ca
spares "new: by another way" 3 "are the authority's own" site nfscert new -d site/. --ca ./site/ --force --dns x.example ca
spares "new --force: an authority" 3 "ca\\.pem is an authority's certificate" site nfscert new -d site --force --dns x.example ca
mkdir fresh
ends "new: an authority that is just made" 3 "are the authority's own" nfscert new -d fresh --ca fresh --dns x.example ca
for name in ca.pem ca.key; do
	rm -rf away
	mkdir away
	ln -s /nonexistent/disk away/$name
	spares "new: the authority's $name is on a disk that is not there" 3 "away/$name" away nfscert new -d away --ca away --dns x.example host
done
ln -s /nonexistent/disk away/host.pem
rm away/ca.key
spares "new: a link in the way" 3 'host\.pem is there already' away nfscert new -d away --self-signed --dns x.example host

# Both files or none. A folder in the way of the certificate is found before anything is renamed, one in its place only then.
pair_stays() { # WHAT IN-THE-WAY
	quietly "$program" new -d "kept-$1" --ca ca --dns kept.example kept
	before=$(cd "kept-$1" && sha256sum kept.key)
	mkdir -p "kept-$1/$2/full"
	ends "new --force, and a folder in the way ($1)" 3 "kept: cannot .*$2" nfscert new -d "kept-$1" "${@:3}" --force --dns kept.example kept
	ends "the old key stays ($1)" 0 "^$before\$" bash -c "cd 'kept-$1' && sha256sum kept.key"
	ends "nothing is left over ($1)" 0 '^$' find "kept-$1" -name 'kept*.tmp' ! -path "*/$2"
}
pair_stays certificate kept.pem.tmp --ca ca
ends "and is one of a pair" 0 'can be loaded' nfscert load -n -d kept-certificate --truststore ca/ca.pem kept
pair_stays request kept.csr

# The line that it ends with does what it says, from any folder.
# loading_line: of what is in log, as a dry run
loading_line() { sed -n 's/^Load it with: nfscert load //p' log; }
quietly "$program" new -d "$work/lined" --ca "$work/ca" --dns lined.example lined
ends "new --ca: which store, and where it is" 0 "^--truststore $work/ca/ca\.pem -d $work/lined lined\$" loading_line
# shellcheck disable=SC2046 # several words
ends "so it can be loaded" 0 'lined: can be loaded' nfscert load -n $(loading_line)
ends "and what is needed at boot" 0 "put $work/ca/ca\.pem at .*/nfs-tls/ca\.pem, and.*truststore=.*/ca\.pem into" cat log
quietly "$program" new -d "$work/lined" --self-signed --dns own.example own
ends "new --self-signed: no store" 0 "^-d $work/lined own\$" loading_line
# shellcheck disable=SC2046
ends "so that can be loaded" 0 'own: can be loaded' nfscert load -n $(loading_line)
ends "a request, elsewhere" 0 "then: nfscert load -d lined asked" nfscert new -d lined --dns asked.example asked
ends "--dns with an address" 64 'no host name' nfscert new -d certs --dns 192.0.2.1/24 x
ends "--ip with a name" 64 'this is no address' nfscert new -d certs --ip server x
ends "--days without signing" 64 'up to whoever signs it' nfscert new -d certs --days 3 x

# ---- what cannot be loaded ----

pki=$source_dir/tests/peer/pki
quietly "$pki" ca p
# 29 days and a half: they stay 29, whatever the clock of a machine that was suspended does meanwhile.
quietly "$pki" cert p good --dns good.example --not-after '+708 hours'
quietly "$pki" cert p expired --dns good.example --not-before '-3 days' --not-after '-1 day'
quietly "$pki" cert p early --dns good.example --not-before '+1 day' --not-after '+3 days'
quietly "$pki" cert p only-client --dns good.example --role client
quietly "$pki" cert p rsa --dns good.example --key rsa
quietly "$pki" intermediate p mid
quietly "$pki" cert p chained --dns good.example --issuer mid
quietly "$pki" cert p unchained --dns good.example --issuer mid --no-chain
quietly "$pki" intermediate p narrow --role client
quietly "$pki" cert p narrowed --dns good.example --issuer narrow
# refused WHAT STATUS ERE CERTIFICATE KEY [OPTION]...
refused() {
	local certificate=$4 key=$5
	ends "$1" "$2" "nfscert: load host: .*$3" nfscert load -n --truststore p/ca.pem --cert "$certificate" --key "$key" "${@:6}"
}
ends "a good one" 0 'can be loaded, as client and server' nfscert load -n --truststore p/ca.pem --cert p/good.pem --key p/good.key
ends "with its intermediate" 0 'can be loaded' nfscert load -n --truststore p/ca.pem --cert p/chained.pem --key p/chained.key
ends "-v tells the steps" 0 'read p/chained\.pem, 2 certificates.*are a pair' nfscert load -nv --truststore p/ca.pem \
	--cert p/chained.pem --key p/chained.key
refused "another's key" 6 'rsa\.key does not belong to p/good\.pem' p/good.pem p/rsa.key
refused "expired" 8 'expired at' p/expired.pem p/expired.key
refused "not valid yet" 8 'valid only from' p/early.pem p/early.key
refused "another purpose" 9 'not meant for a TLS server' p/only-client.pem p/only-client.key --role server
refused "an authority of another purpose" 9 'CN=narrow \(above good\.example\) is not meant for a TLS server' \
	p/narrowed.pem p/narrowed.key --role server
ends "but for the purpose that it has" 0 'can be loaded, as client' nfscert load -n --truststore p/ca.pem \
	--cert p/narrowed.pem --key p/narrowed.key
refused "an authority's own" 9 'keyUsage lacks digitalSignature' p/ca.pem p/ca.key
quietly openssl req -x509 -CA p/ca.pem -CAkey p/ca.key -key p/rsa.key -subj /CN=below -days 2 -out below.pem
refused "an authority below it" 9 'CN=below is an authority.s, and no host.s' below.pem p/rsa.key
quietly openssl req -x509 -key p/rsa.key -subj /CN=deaf -addext subjectAltName=DNS:deaf.example \
	-addext keyUsage=critical,keyEncipherment -days 2 -out deaf.pem
ends "what may not sign" 9 'keyUsage lacks digitalSignature' nfscert load -n --truststore deaf.pem --cert deaf.pem \
	--key p/rsa.key
refused "an intermediate is missing" 10 'an intermediate certificate is missing' p/unchained.pem p/unchained.key
head -c 300 p/rsa.pem >cut.pem
refused "a certificate that is cut off" 5 'cut\.pem is cut off' cut.pem p/rsa.key
(umask 077; head -c 300 p/rsa.key >cut.key)
refused "a key that is cut off" 5 'cut\.key is cut off' p/rsa.pem cut.key
(cat p/rsa.pem; head -c 300 p/good.pem) >second-cut.pem
refused "a chain whose second is cut off" 5 'second-cut\.pem is cut off: the line -----END of part 2 is missing' second-cut.pem p/rsa.key
(head -c 300 p/good.pem; cat p/rsa.pem) >first-cut.pem
refused "a chain whose first is cut off" 5 'first-cut\.pem is cut off' first-cut.pem p/rsa.key
(umask 077; cat p/rsa.pem cut.key >both-cut.pem)
refused "a key that is cut off behind its certificate" 5 'both-cut\.pem is cut off' p/rsa.pem both-cut.pem
(echo 'what follows is -----BEGIN CERTIFICATE----- and so on'; cat p/rsa.pem) >told.pem
refused "text that speaks of PEM, which GnuTLS does not take" 5 'told\.pem: no certificate can be read' told.pem p/rsa.key
(cat p/mid.pem; sed -n '1,/END/p' p/chained.pem) >backwards.pem
refused "the host's own not first" 6 'chained\.key belongs to certificate 2 of backwards\.pem: put the host.s own first' \
	backwards.pem p/chained.key
(umask 077; openssl ecparam -name secp256k1 -genkey -noout -out k1.key)
quietly openssl req -x509 -key k1.key -subj /CN=k1 -addext subjectAltName=DNS:k1.example -days 2 -out k1.pem
refused "a curve that TLS 1.3 has not" 7 'k1\.pem: its key is of a kind, or on a curve, that cannot sign in TLS 1\.3' k1.pem k1.key
openssl x509 -in p/rsa.pem -outform DER -out rsa.der
refused "DER" 5 'rsa\.der is a certificate in DER and not in PEM: convert it with openssl x509 ' rsa.der p/rsa.key
(umask 077; openssl pkcs8 -topk8 -nocrypt -in p/rsa.key -outform DER -out key.der)
refused "a key in DER" 5 'key\.der is DER and not PEM' p/rsa.pem key.der
# --- files that are something else ---
as_certificate() { # SENTENCE FILE
	refused "as certificate, $2" 5 "$2 $1" "$2" p/rsa.key
}
as_key() { # SENTENCE FILE
	chmod 600 "$2"
	refused "as key, $2" 5 "$2 $1" p/rsa.pem "$2"
}
as_store() { # SENTENCE FILE
	ends "as trust store, $2" 3 "$2 $1" nfscert load -n --truststore "$2" --cert p/rsa.pem --key p/rsa.key
}
openssl crl2pkcs7 -nocrl -certfile p/rsa.pem -out bag.p7b
openssl crl2pkcs7 -nocrl -certfile p/rsa.pem -outform DER -out bag.p7c
openssl pkcs12 -export -in p/rsa.pem -inkey p/rsa.key -passout pass:secret -out bag.p12
openssl req -new -key p/rsa.key -subj /CN=x -out request.pem
openssl pkey -in p/rsa.key -pubout -out public.pem 2>/dev/null
openssl x509 -in p/rsa.pem -trustout -out trusted.pem
(cat trusted.pem; cat p/mid.pem) >trusted-chain.pem
iconv -f UTF-8 -t UTF-16 p/rsa.pem >wide16.pem
tr '\n' ' ' <p/rsa.pem >one-line.pem
tr '\n' ' ' <p/rsa.key | sed 's/ $//' >one-line.key
sed -z 's/\n/\\n/g' p/rsa.pem >backslash.pem
sed -z 's/\n/\\n/g' p/rsa.key >backslash.key
printf '<!DOCTYPE html>\n<html><body>404</body></html>\n' >page.html
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEw= root@host' >ssh.pub
(umask 077; printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n' >ssh.key)
printf '\376\355\376\355\0\0\0\2' >java.jks
for use in as_certificate as_key as_store; do
	$use 'is PKCS#7: convert it with openssl pkcs7 -in FILE' bag.p7b
	$use 'is PKCS#7 in DER: convert it with openssl pkcs7 -inform DER' bag.p7c
	$use 'is PKCS#12, which has certificate and key in one file: convert it with openssl pkcs12' bag.p12
	$use 'is a certificate request: have a CA' request.pem
	$use 'is a public key: ' public.pem
	$use 'is text in UTF-16: convert it with iconv' wide16.pem
	$use 'is a web page' page.html
	$use 'is a public key of SSH' ssh.pub
	$use 'is a private key of OpenSSH: convert a copy of it with ssh-keygen' ssh.key
	$use 'is a keystore of Java: convert it with keytool' java.jks
done
for use in as_certificate as_store; do
	$use 'is a "trusted certificate" of OpenSSL: convert it with openssl x509' trusted.pem
	$use 'is a "trusted certificate" of OpenSSL' trusted-chain.pem
	$use 'is PEM on one line: convert it with sed' one-line.pem
	$use 'has a backslash and an n where its lines should end: convert it with sed' backslash.pem
done
as_key 'is PEM on one line' one-line.key
as_key 'has a backslash and an n' backslash.key
as_store 'is a certificate in DER and not in PEM: convert it with openssl x509' rsa.der
as_store 'is a private key' p/rsa.key
# What the sentences say to do helps.
sed 's/-----BEGIN [A-Z0-9 ]*-----/&\n/g; s/-----END/\n&/g; s/\(END [A-Z0-9 ]*-----\) */\1\n/g' one-line.pem >mended.pem
ends "PEM on one line is mended by what is said" 0 'can be loaded' \
	nfscert load -n --truststore p/ca.pem --cert mended.pem --key p/rsa.key
sed 's/\\n/\n/g' backslash.pem >mended.pem
ends "and so is one with backslashes" 0 'can be loaded' nfscert load -n --truststore p/ca.pem --cert mended.pem --key p/rsa.key
(printf '\357\273\277'; cat p/rsa.pem) >bom.pem
sed 's/$/\r/' p/rsa.pem >crlf.pem
ends "a byte order mark does no harm" 0 'can be loaded' nfscert load -n --truststore p/ca.pem --cert bom.pem --key p/rsa.key
ends "nor do CR and LF" 0 'can be loaded' nfscert load -n --truststore p/ca.pem --cert crlf.pem --key p/rsa.key

# --- a name that no client looks for ---
named_by_subject() { # FILE EXTENSION...
	quietly openssl req -x509 -key p/rsa.key -subj /CN=files.example.com -days 300 -out "$1" "${@:2}"
}
named_by_subject subject.pem
named_by_subject subject-server.pem -addext extendedKeyUsage=serverAuth
named_by_subject subject-mail.pem -addext subjectAltName=email:root@example.com
for file in subject subject-mail; do
	ends "$file: as a server" 9 'has no DNS name and no address in subjectAltName' \
		nfscert load -n --role server --truststore $file.pem --cert $file.pem --key p/rsa.key
	ends "$file: as a client, with a warning" 0 'warning: it has no DNS name.*can be loaded, as client$' \
		nfscert load -n --truststore $file.pem --cert $file.pem --key p/rsa.key
done
ends "for servers only" 9 'has no DNS name and no address in subjectAltName' \
	nfscert load -n --truststore subject-server.pem --cert subject-server.pem --key p/rsa.key
mkdir -m 700 by-subject
for file in subject subject-server; do
	cp $file.pem by-subject/
	install -m 600 p/rsa.key by-subject/$file.key
done
ends "check: a warning" 1 'warning subject: has no DNS name' nfscert check -d by-subject --truststore subject.pem subject
ends "check: a failure" 2 'failure subject-server: .*has no DNS name' \
	nfscert check -d by-subject --truststore subject-server.pem subject-server

cp p/rsa.key open.key
chmod 604 open.key
refused "a key that all may read" 4 'open\.key can be read by others' p/rsa.pem open.key
chmod 640 open.key
refused "a key that a group may read" 4 'open\.key can be read by others' p/rsa.pem open.key
cp p/rsa.pem wide.pem
chmod 666 wide.pem
refused "a certificate that all may write" 4 'wide\.pem' wide.pem p/rsa.key
for ((i = 0; i < 100; i++)); do cat p/rsa.pem; done >hundred.pem
refused "a hundred certificates" 5 'more than 16 certificates' hundred.pem p/rsa.key
: >empty.pem
refused "an empty certificate" 5 'empty\.pem is empty' empty.pem p/rsa.key
(umask 077; : >empty.key)
refused "an empty key" 5 'empty\.key is empty' p/rsa.pem empty.key
(umask 077; head -c 4096 /dev/urandom >noise)
refused "noise for a certificate" 5 'noise is no certificate in PEM' noise p/rsa.key
refused "noise for a key" 5 'noise is no private key in PEM' p/rsa.pem noise
refused "a folder" 3 'is a folder' p p/rsa.key
refused "a folder for a key" 3 'is a folder' p/rsa.pem p
refused "a file that is not there" 3 'none\.pem' none.pem p/rsa.key
refused "a key for a certificate" 5 'is a private key: the certificate is another file' p/rsa.key p/rsa.key
(umask 077; cat p/rsa.pem >private.pem)
refused "a certificate for a key" 5 'is a certificate' p/rsa.pem private.pem
(umask 077; openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:512 -out weak.key 2>/dev/null)
quietly openssl req -x509 -key weak.key -subj /CN=weak -addext subjectAltName=DNS:weak.example -days 2 -out weak.pem
refused "RSA with 512 bits" 7 'a key of 512 bits \(RSA\) is too weak' weak.pem weak.key
(umask 077; openssl pkcs8 -topk8 -in p/rsa.key -passout pass:open-sesame -out locked.key)
refused "an encrypted key" 11 'locked\.key is encrypted: give its passphrase with --passphrase-fd' p/rsa.pem locked.key
refused "a wrong passphrase" 11 'this passphrase does not open it' p/rsa.pem locked.key --passphrase-fd 7 7<<<wrong
refused "an empty passphrase" 11 'this passphrase does not open it' p/rsa.pem locked.key --passphrase-fd 7 7<<<""
refused "no passphrase, and the key behind it" 11 'has no line' p/rsa.pem - --passphrase-fd 0 </dev/null
refused "no passphrase" 11 'descriptor 7 has no line with a passphrase' p/rsa.pem locked.key --passphrase-fd 7 7</dev/null
refused "a descriptor that is closed" 3 'cannot read the passphrase' p/rsa.pem locked.key --passphrase-fd 9
load() { nfscert load -n --truststore p/ca.pem --cert p/rsa.pem "$@"; }
ends "the right passphrase" 0 'can be loaded' load --key locked.key --passphrase-fd 7 7<<<open-sesame
ends "with the end of a line as others write it" 0 'can be loaded' load --key locked.key --passphrase-fd 7 7<<<open-sesame$'\r'
mkfifo stays-open
exec 8<>stays-open
echo open-sesame >&8
ends "from a pipe that stays open" 0 'can be loaded' timeout 60 "$program" load -n --truststore p/ca.pem --cert p/rsa.pem \
	--key locked.key --passphrase-fd 8
exec 8>&-
(umask 077; openssl pkcs8 -topk8 -in p/good.key -passout pass:another -out other.key; mkdir two; cp locked.key two/a.key; cp other.key two/b.key)
cp p/rsa.pem two/a.pem; cp p/good.pem two/b.pem
ends "each key has its own line" 0 'a: can be loaded.*b: can be loaded' nfscert load -n --truststore p/ca.pem -d two a b \
	--passphrase-fd 7 7<<<$'open-sesame\nanother'
ends "a key on standard input" 0 'can be loaded' load --key - <p/rsa.key
ends "behind its passphrase" 0 'can be loaded' load --key - --passphrase-fd 0 < <(echo open-sesame; cat locked.key)
refused "nothing on standard input" 5 'standard input is empty' p/rsa.pem - </dev/null
mkdir -m 700 credentials
(umask 077; cp p/rsa.key credentials/nfs; cp p/rsa.key credentials/name.key)
ends "a credential" 0 'can be loaded' env CREDENTIALS_DIRECTORY="$work/credentials" "$program" load -n --truststore p/ca.pem \
	--cert p/rsa.pem --key credential:nfs
refused "a credential without a service manager" 3 'no service manager gave this process credentials' p/rsa.pem credential:nfs
mkdir files
cp p/rsa.pem files/name.pem
ends "a credential in place of a file" 0 'can be loaded' env CREDENTIALS_DIRECTORY="$work/credentials" "$program" load -n \
	--truststore p/ca.pem -d files name
refused "a PIN in a URI" 64 'PIN' p/rsa.pem 'pkcs11:object=x;type=private?pin-value=1234'
mkdir tokens
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$work/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$work/softhsm2.conf
quietly softhsm2-util --init-token --free --label nfs --so-pin 12345678 --pin 1234
quietly softhsm2-util --import p/rsa.key --token nfs --label host --id 01 --pin 1234
refused "a token that keeps its key" 3 'cannot leave its token' p/rsa.pem 'pkcs11:token=nfs;object=host;type=private' \
	--passphrase-fd 7 7<<<1234
refused "a wrong PIN" 11 'PIN is wrong' p/rsa.pem 'pkcs11:token=nfs;object=host;type=private' --passphrase-fd 7 7<<<4321

printf '[client]\ntruststor=x\n' >broken.conf
ends "a policy with an error" 1 'broken\.conf:2' nfscert load -n -c broken.conf --cert p/good.pem --key p/good.key
printf '[client]\ntruststore=%s\n' "$work/p/ca.pem" >good.conf
ends "the policy's trust store" 0 'can be loaded' nfscert load -n -c good.conf --cert p/good.pem --key p/good.key
ends "a policy with an error, which is not needed" 0 'can be loaded' nfscert load -n -c broken.conf --truststore p/ca.pem \
	--cert p/good.pem --key p/good.key
printf '[client]\ntruststore=%s\n[client "other.example"]\ntruststore=/none.pem\n' "$work/p/ca.pem" >lost.conf
ends "a trust store that is missing, and not needed" 0 'warning: .*lost\.conf:4\): .*/none\.pem.*can be loaded' \
	nfscert load -n -c lost.conf --cert p/good.pem --key p/good.key
cp p/good.pem files/good.pem
(umask 077; cp p/good.key files/good.key)
ends "--all: what is good can be loaded" 3 'good: can be loaded' nfscert load -n -c good.conf -d files --all

ends "load, and standard output is full" 1 'nfscert: cannot write to standard output [(]No space left' bash -c '
	"$0" load -n --truststore p/ca.pem --cert p/good.pem --key p/good.key >/dev/full' "$program"

# ---- files that change ----

# settles COMMAND...: loads while the command replaces files; the times do not matter, but that they are no half as long
# as it waits
settles() {
	"$@" &
	nfscert load -n -d turn --truststore p/ca.pem --settle turn
	wait
}
mkdir turn
turn() { # NAME: replaces the two files, one later
	cp "p/$1.pem" turn/new.pem
	(umask 077; cp "p/$1.key" turn/new.key)
	mv turn/new.pem turn/turn.pem
	sleep 0.7
	mv turn/new.key turn/turn.key
}
turn good
ends "--settle: a pair that is replaced one after the other" 0 '^turn: can be loaded, as client and server$' settles turn rsa
again() { for _ in 1 2 3 4; do touch turn/turn.pem; sleep 0.5; done; turn good; }
ends "--settle: many changes are one" 0 '^turn: can be loaded, as client and server$' settles again
# The key, once opened, is read a second later: meanwhile the two files are replaced.
slowly() {
	strace -f -qq -o calls -P turn/turn.key -e trace=openat -e inject=openat:delay_exit=1000000 \
		"$program" load -n -d turn --truststore p/ca.pem --settle turn &
	while ! grep -q turn.key calls; do sleep 0.05; done
	turn rsa
	wait "$!"
}
: >calls
ends "--settle: what changes while it is read is read again" 0 '(turn: can be loaded, as client and server.?){2}$' slowly

# ---- list, show, check ----

ends "list" 0 'NAME +DAYS +LOADED +FOR.*good +29  no      good\.example' nfscert list -d files
ends "list of no folder" 0 '^$' nfscert list -d none
ends "show" 0 'names +good\.example.*loaded +no' nfscert show -d files good
ends "show: what is not there" 14 'there is no files/other\.pem' nfscert show -d files other
ends "check: good for 14 days" 0 '^ok good: for good\.example, 29 days left, in files$' \
	nfscert check -d files -c good.conf --warn 14 good
ends "check: too short for 30" 1 '^warning good: expires in 29 days; renew it$' \
	nfscert check -d files -c good.conf --warn 30 good
ends "check: too short for 800 hours" 1 '^warning good: expires in 29 days' nfscert check -d files -c good.conf --warn 800h good
ends "check: too short for 99 %" 1 '^warning good: expires in 29 days' nfscert check -d files -c good.conf --warn 99% good
ends "check: long enough for 90 %" 0 '^ok good' nfscert check -d files -c good.conf --warn 90% good
ends "check: by default a third of its life must be left" 0 '^ok good' nfscert check -d files -c good.conf good
for word in -1 1w 101% '' h 1.5; do
	ends "check --warn $word" 64 'is no number of days' nfscert check -d files -c good.conf --warn "$word" good
done
ends "check: without a key" 2 'failure name: .*name\.key' nfscert check -d files -c good.conf --warn 1
ends "check: a trust store that is missing" 1 'warning policy: .*/none\.pem.*ok +good' \
	nfscert check -d files -c lost.conf --warn 1 good
ends "show: a policy with an error keeps no other line back" 1 \
	'broken\.conf:2.*names +good\.example.*mount +\?.*connections +\?' nfscert show -d files -c broken.conf good
cp p/expired.pem files/old.pem
(umask 077; cp p/expired.key files/old.key; cp p/rsa.key files/name.key)
ends "check: expired" 2 'failure old: has expired' nfscert check -d files -c good.conf --warn 1
ends "check: by a name that is nowhere" 2 'failure nowhere: is neither loaded nor in files' nfscert check -d files -c good.conf \
	nowhere
printf '[client]\ntruststore=%s\ncertificate=nowhere\n' "$work/p/ca.pem" >named.conf
ends "check: named by the policy, and nowhere" 2 'failure nowhere: .*named\.conf:3' nfscert check -d files -c named.conf --warn 1
ends "check: a policy with an error" 3 'broken\.conf:2' nfscert check -d files -c broken.conf
json() { # MEMBERS COMMAND...: MEMBERS is a path for python
	local path=$1
	shift
	"$@" | perl -MJSON::PP -e 'my $j = decode_json(join "", <STDIN>); print eval("\$j->$ARGV[0]") // "null", "\n"' "$path"
}
ends "check --json" 0 '^failure$' json '{level}' nfscert check --json -d files -c good.conf --warn 1
# What is to be done is said once: in the remedy, and not in the finding, too.
mkdir many
(umask 077; for key in p/*.key; do pem=${key%.key}.pem; [ ! -f "$pem" ] || cp "$pem" "$key" many/; done)
cat >once.pl <<'END'
use JSON::PP;
open(my $rows, "<", "$ARGV[0]/support/reason/reason.h") or die;
my @begins = map { /, "(?:\w| ){9}/ && /"(.{9})[^"]*"\)\s*\\?$/ ? $1 : () } <$rows>;
my @found = @{decode_json(join "", <STDIN>)->{findings}};
my @twice = grep { my $f = $_; $f->{finding} =~ /: (renew|have |issue |add |correct )/ || grep { index($f->{finding}, $_) >= 0 } @begins } @found;
printf "%d remedies\n", scalar grep { $_->{remedy} } @found;
print "twice: $_->{finding}; $_->{remedy}\n" for @twice;
END
nfscert check --json -d many -c good.conf --warn 1 >many.json || true
told=$(perl once.pl "$TOP_SRCDIR" <many.json)
ends "check: many certificates have a remedy" 0 '^([5-9]|[0-9]{2,}) remedies' echo "$told"
is "check: no remedy is told twice" "$(echo "$told" | sed 1d)" ""
ends "check --json, and a policy with an error" 3 '"level":"unknown"' nfscert check --json -d files -c broken.conf
ends "check --json, and a policy with an error: names the line" 0 'broken\.conf:2' json '{findings}[0]{finding}' \
	nfscert check --json -d files -c broken.conf
ends "check: nothing there, and nobody who may look" 3 'unknown certificates: .*only root sees' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$work/for-everybody" check -d none -c none.conf
ends "list --json" 0 '^good\.example$' json '{certificates}[0]{names}[0]' nfscert list --json -d files
many=
for ((i = 0; i < 100; i++)); do many+=,DNS:host-$i-of-a-hundred.example.com; done
quietly openssl req -x509 -key p/rsa.key -subj /CN=many -addext "subjectAltName=${many#,}" -days 2 -out files/many.pem
ends "show: all of many names" 0 'names +host-0-of.*[[:space:]]host-99-of-a-hundred\.example\.com' nfscert show -d files many
ends "show --json: the last of many names" 0 '^host-99-of-a-hundred\.example\.com$' json '{names}[99]' \
	nfscert show --json -d files many
rm files/many.*
ends "show --json: days" 0 '^29$' json '{days_left}' nfscert show --json -d files good
ends "show --json: not loaded" 0 '^0$' json '{loaded}' nfscert show --json -d files good
cp p/chained.pem files/chained.pem
ends "show --json: without an agent connections are unknown" 0 '^null$' json '{connections}{client}' \
	nfscert show --json -d files -c none.conf good
ends "show --json: the chain" 0 '^CN=mid$' json '{chain}[0]{subject}' nfscert show --json -d files chained
cp noise files/noise.pem
ends "show: what cannot be read" 5 'error +.*noise\.pem' nfscert show -d files noise
ends "list goes on" 0 'noise .*neither PEM nor.*old ' nfscert list -d files

# ---- the units ----

mkdir units
for unit in nfscert-load.service nfscert@.service nfscert@.path nfscert-check.service nfscert-check.timer; do
	sed "s,/usr/sbin/nfscert,$program," "$source_dir/systemd/$unit" >"units/${unit/@/@host}"
done
ends "the units are well formed" 0 '^$' systemd-analyze verify --man=no units/*

done_testing
