#!/bin/sh
# Films and their table, as a site has them → copies where MedPerf wants them: prepare.sh RAW_DATA RAW_LABELS DATA LABELS
set -eu
raw_data=$1
raw_labels=$2
data=$3
labels=$4

set --
for table in "$raw_labels"/*.csv "$raw_labels"/*.tsv "$raw_labels"/*.txt; do
    [ ! -f "$table" ] || set -- "$@" "$table"
done
if [ $# != 1 ]; then
    echo "prepare: the folder of the labels holds $# tables (.csv, .tsv, .txt); it must hold one" >&2
    exit 1
fi
table=$1

# Films that the site has taken away since the last time must not stay; but nothing of the site is ever removed.
mkdir -p "$data" "$labels"
case $(cd "$raw_data" && pwd -P)/ in
"$(cd "$data" && pwd -P)"/*)
    echo "prepare: the films lie in the folder that they would be copied to" >&2
    exit 1
    ;;
esac
rm -rf "$data/films"
cp -RL "$raw_data" "$data/films"
chmod -R u+w "$data/films"
# A table among the films would show the models what is true of them.
find "$data/films" -type f \( -name '*.csv' -o -name '*.tsv' -o -name '*.txt' \) -exec rm -f {} +
cp "$table" "$labels/table.csv"
