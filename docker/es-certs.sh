#!/usr/bin/env bash
# Makes the certificate authority of this installation and the certificates of its servers, and gives Elasticsearch the folder
# of its snapshots. What is there stays. Runs as root in the Elasticsearch image.
# Each folder is a volume of its own, so that a service sees its own key only:
#   /certs/private  the authority's key    /certs/ca  its certificate, for everyone
#   /certs/es, /certs/redis, /certs/airflow-api-server  one service each    /snapshots  Elasticsearch's
set -euo pipefail
umask 077

FOLDER=${1:-/certs}
SNAPSHOTS=${2:-/snapshots}
DAYS=3650
ES_UID=1000
REDIS_UID=999
PROJECT_UID=10001
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everything is written aside and renamed, the certificate last: an interrupted run is simply done again.
place() {
    local from=$1 to=$2 owner=$3 mode=$4
    install -o "$owner" -g 0 -m "$mode" "$from" "$to.new"
    mv "$to.new" "$to"
}

issue() {
    local name=$1 owner=$2 folder=$FOLDER/$1
    if [ -s "$folder/$name.crt" ]; then return; fi
    elasticsearch-certutil cert --silent --pem --days "$DAYS" --name "$name" --dns "$name,localhost" --ip 127.0.0.1 \
        --ca-cert "$FOLDER/ca/ca.crt" --ca-key "$FOLDER/private/ca.key" --out "$work/$name.zip"
    unzip -q -j "$work/$name.zip" -d "$work/$name"
    place "$work/$name/$name.key" "$folder/$name.key" "$owner" 0400
    place "$work/$name/$name.crt" "$folder/$name.crt" "$owner" 0444
    echo "已签发 $name 的证书，有效 $DAYS 天"
}

if [ ! -s "$FOLDER/ca/ca.crt" ]; then
    elasticsearch-certutil ca --silent --pem --days "$DAYS" --out "$work/ca.zip"
    unzip -q -j "$work/ca.zip" -d "$work/ca"
    place "$work/ca/ca.key" "$FOLDER/private/ca.key" 0 0400
    place "$work/ca/ca.crt" "$FOLDER/ca/ca.crt" 0 0444
    echo "已建立本机的证书颁发机构，有效 $DAYS 天"
fi
chmod 0755 "$FOLDER/ca" "$FOLDER/es" "$FOLDER/redis" "$FOLDER/airflow-api-server"
chmod 0700 "$FOLDER/private"
issue es "$ES_UID"
issue redis "$REDIS_UID"
issue airflow-api-server "$PROJECT_UID"
install -d -o "$ES_UID" -g 0 -m 0700 "$SNAPSHOTS"
