#!/bin/sh
# Films → predictions: infer.sh DATA PREDICTIONS
set -eu
data=$1
predictions=$2
osteolens analyze "$data" --json --out "$predictions/predictions.jsonl" --skip-done ||
    [ $? = 3 ] # 3: a film could not be read; its line says why
