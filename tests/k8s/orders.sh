#!/bin/sh
# Runs in the client pod of run.sh, whose shell may be any POSIX one.
#   orders.sh place PREFIX COUNT PAUSE   places COUNT orders in four lines at a time, with a pause after each order; a
#                                        request without a 202 is repeated with the same idempotency key. It prints the id
#                                        of each order, and "refused" for one that got no 202 in two minutes.
#   orders.sh load                       places orders until /tmp/stop exists, ten minutes at most, and repeats nothing. It
#                                        prints the id of each order, and "refused" for a request without a 202.
#   orders.sh await SECONDS              reads ids, and prints those that are not completed after SECONDS
#   orders.sh show ID                    prints the order
#   orders.sh cancel ID                  cancels the order
# Its orders have the workflow $workflow and the SKU $sku.
set -eu
api=http://esteira-api
lines=4

# request ARGUMENT...: the answer's body and, in a line of its own, its status; 000 without an answer.
request() {
  curl -s -m 10 -w '\n%{http_code}\n' -H "Authorization: Bearer $SECRET_TOKEN" -H 'Content-Type: application/json' "$@"
}
body='{"workflow":"'${workflow:-default}'","customer_id":"k8s","items":[{"sku":"'${sku:-ABC}'","qty":2,"unit_price":"12.50"}]}'
id_in() { sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p'; }

place_one() {
  key=$1
  tries=0
  while [ "$tries" -lt 120 ]; do
    answer=$(request "$api/orders" -H "Idempotency-Key: $key" -d "$body") || true
    case $answer in
      *202) echo "$answer" | id_in && return ;;
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

# ids_or_refusals: reads what `request` wrote.
ids_or_refusals() {
  while read -r answer; do
    case $answer in
      202) echo "$said" | id_in ;;
      [0-9][0-9][0-9]) echo "refused $answer: $said" ;;
    esac
    said=$answer
  done
}
placing() { ! [ -e /tmp/stop ] && [ "$(date +%s)" -lt "$end" ]; }
# on_new_connections and on_one_connection place an order every fifth of a second.
on_new_connections() {
  while placing; do
    request "$api/orders" -d "$body" || true
    sleep 0.2
  done
}
on_one_connection() {
  while placing; do
    # curl sends no fragment: it is here to make 20 requests of one address.
    request --rate 5/s -d "$body" "$api/orders#[1-20]" || true
  done
}
load() {
  rm -f /tmp/stop
  end=$(($(date +%s) + 600))
  on_new_connections | ids_or_refusals &
  on_one_connection | ids_or_refusals &
  wait
}

status_of() { request "$api/orders/$1" | sed -n 's/^{"order_id":"[^"]*","status":"\([a-z]*\)".*/\1/p'; }

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
  load) load ;;
  await) await_completed "$2" ;;
  show) request "$api/orders/$2" ;;
  cancel) request -X POST "$api/orders/$2/cancel" ;;
esac
