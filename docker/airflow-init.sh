#!/usr/bin/env bash
# Brings Airflow's database up to date and makes the first administrator. Runs before everything else of Airflow; safe to
# repeat: an administrator who is already there keeps the password chosen since.
set -euo pipefail

airflow db migrate
airflow users create --role Admin --username "$AIRFLOW_ADMIN_USER" --email "$AIRFLOW_ADMIN_EMAIL" \
    --password "$AIRFLOW_ADMIN_PASSWORD" --firstname 系统 --lastname 管理员
