#!/usr/bin/env bash
# Makes .env from .env.example with a new random value for every password and key. Never touches a .env that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

TARGET=${1:-.env}
if [ -e "$TARGET" ]; then
    echo "$TARGET 已经存在，没有改动。要换某一项，请直接编辑它。" >&2
    exit 1
fi
command -v openssl >/dev/null || { echo "缺少 openssl，请安装：sudo apt-get install openssl" >&2; exit 4; }

umask 077
while IFS= read -r line; do
    case $line in
        # The mail server's password is given, not made.
        YUQING_SMTP_PASSWORD=) echo "$line" ;;
        # Fernet wants 32 bytes in URL-safe base64.
        AIRFLOW_FERNET_KEY=) echo "$line$(openssl rand -base64 32 | tr '+/' '-_')" ;;
        *_PASSWORD= | *_KEY= | *_SECRET=) echo "$line$(openssl rand -hex 32)" ;;
        *) echo "$line" ;;
    esac
done < .env.example > "$TARGET.new"
mv "$TARGET.new" "$TARGET"
echo "已生成 $TARGET（权限 600）。请再填写 AIRFLOW_ADMIN_USER、AIRFLOW_ADMIN_EMAIL，以及邮件服务器等选填项。"
