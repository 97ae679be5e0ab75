#!/bin/sh
# Makes the files with secrets that docker-compose.yml names, in secrets/ beside it: random passwords where there are none.
# What is there stays. Kontur.Focus's key can't be made up: put it into secrets/kontur-key yourself.
#
# Compose mounts the files as they are, and the programs run under users of their own, so the files are readable; the
# folder is what keeps others out.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets
chmod 700 secrets

random() {
  [ -s "secrets/$1" ] && return
  head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"secrets/$1"
  echo "made secrets/$1"
}

random postgres-password
# For your own Alfresco, write the password of ALFRESCO_USER over this one. Profile alfresco makes a user with it.
random alfresco-password
[ -s secrets/kontur-key ] || echo "secrets/kontur-key is missing: profile worker needs it, sandbox and alfresco don't"
