#!/usr/bin/env bash
# certificates.sh DIR: certificates for tests of TLS, unless DIR has them. They are for esteira.test and 127.0.0.1.
#   ca.pem, other-ca.pem       two authorities
#   server.pem, server.key     of a server, signed by the first
#   expired.pem                the same, expired; with the same key
set -euo pipefail
[ $# -eq 1 ] || {
  sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
mkdir -p "$1"
cd "$1"
[ ! -s complete ] || exit 0

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=Esteira test $1" \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' -keyout "$1.key" -out "$1.pem"
}

# signed NAME DAYS: the certificate of the server, valid from now for so many days.
signed() {
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" -extfile server.ext -out "$1.pem"
}

{
  authority ca
  authority other-ca
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=esteira.test' -keyout server.key -out server.csr
  printf 'subjectAltName = DNS:esteira.test, IP:127.0.0.1\nextendedKeyUsage = serverAuth\n' >server.ext
  signed server 3650
  signed expired -1
} >openssl.log 2>&1 || {
  cat openssl.log >&2
  exit 1
}
echo yes >complete
