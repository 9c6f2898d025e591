# shellcheck shell=bash source-path=SCRIPTDIR
# docs/operations.md, "With systemd", in a Debian that systemd has booted, with PostgreSQL and RabbitMQ.
source "${0%/*}/common.sh"
property() { systemctl show --property="$2" --value "$1"; }
hosts=(esteira-host@process esteira-host@enrich esteira-host@finalize)

systemctl start postgresql rabbitmq-server
runuser -u postgres -- psql -c "create role esteira login password 'p'" -c 'create database esteira owner esteira'
echo 'postgresql://esteira:p@127.0.0.1/esteira' >/etc/esteira/database_url
chown root:esteira /etc/esteira/database_url
chmod 0640 /etc/esteira/database_url
cat >>/etc/esteira/esteira.env <<'END'
DATABASE_URL_FILE=/etc/esteira/database_url
RABBITMQ_URL=amqp://guest:guest@127.0.0.1:5672/
END
echo 'SECRET_TOKEN=a-token-of-the-test' >>/etc/esteira/esteira-api.env

# Without the schema a host is not started yet, and says why.
systemctl start --no-block esteira-host@process
until [[ $(property esteira-host@process StatusText) = 'not ready: database: '* ]]; do sleep 0.2; done
same activating "$(property esteira-host@process ActiveState)"

systemctl start esteira-migrate
systemctl enable --now "${hosts[@]}" esteira-api
for unit in "${hosts[@]}" esteira-api; do
  same active "$(property "$unit" ActiveState)"
  same ready "$(property "$unit" StatusText)"
done
curl -sSf http://127.0.0.1:8080/readyz

place_order() {
  local order status=
  order=$(curl -sSf http://127.0.0.1:8080/orders -H 'Authorization: Bearer a-token-of-the-test' -H 'Content-Type: application/json' \
    -d '{"customer_id":"1","items":[{"sku":"ABC","qty":1}]}' | jq -r .order_id)
  until [ "$status" = completed ]; do
    sleep 0.5
    status=$(curl -sSf "http://127.0.0.1:8080/orders/$order" -H 'Authorization: Bearer a-token-of-the-test' | jq -r .status)
  done
}
place_order

# A crash: systemd starts the host again.
killed=$(property esteira-host@enrich MainPID)
kill -KILL "$killed"
until [ "$(property esteira-host@enrich ActiveState)" = active ] && [ "$(property esteira-host@enrich MainPID)" != "$killed" ]; do sleep 0.2; done
place_order

# A stop: nothing had to be killed. A removal stops the others.
systemctl stop esteira-api
same success "$(property esteira-api Result)"
apt-get remove -y -q esteira
for unit in "${hosts[@]}"; do same inactive "$(property "$unit" ActiveState)"; done
journalctl -u esteira-host@process -o cat | grep -c '"msg":"stopped"'
echo 'the step passed'
