#!/bin/sh
# Runs in the client pod of run.sh, whose shell may be any POSIX one.
#   orders.sh place PREFIX COUNT PAUSE   places COUNT orders in four lines at a time, with a pause after each order; a
#                                        request without a 202 is repeated with the same idempotency key. It prints the id
#                                        of each order, and "refused" for one that got no 202 in two minutes.
#   orders.sh await SECONDS              reads ids, and prints those that are not completed after SECONDS
set -eu
api=http://esteira-api
lines=4

place_one() {
  key=$1
  tries=0
  while [ "$tries" -lt 120 ]; do
    answer=$(curl -s -m 10 -w '\n%{http_code}' "$api/orders" -H "Authorization: Bearer $SECRET_TOKEN" \
      -H 'Content-Type: application/json' -H "Idempotency-Key: $key" \
      -d '{"customer_id":"k8s","items":[{"sku":"ABC","qty":2,"unit_price":"12.50"}]}') || true
    case $answer in
      *202) echo "$answer" | sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p' && return ;;
    esac
    tries=$((tries + 1))
    sleep 1
  done
  echo "refused $key: $answer"
}

place() {
  line=0
  while [ "$line" -lt "$lines" ]; do
    (
      order=$line
      while [ "$order" -lt "$2" ]; do
        place_one "$1-$order"
        sleep "$3"
        order=$((order + lines))
      done
    ) &
    line=$((line + 1))
  done
  wait
}

status_of() {
  curl -s -m 10 "$api/orders/$1" -H "Authorization: Bearer $SECRET_TOKEN" | sed -n 's/.*"status":"\([a-z]*\)".*/\1/p'
}

await_completed() {
  end=$(($(date +%s) + $1))
  while read -r order; do
    status=
    while [ "$status" != completed ]; do
      status=$(status_of "$order")
      if [ "$status" != completed ]; then
        if [ "$(date +%s)" -ge "$end" ]; then
          echo "$order ${status:-unknown}"
          break
        fi
        sleep 1
      fi
    done
  done
}

case $1 in
  place) place "$2" "$3" "$4" ;;
  await) await_completed "$2" ;;
esac
