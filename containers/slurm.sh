#!/bin/bash
#SBATCH --job-name=osteolens
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=02:00:00
# Judges every N-th film of a folder in each task of a job array: FILMS=/data/films OUT=/data/results sbatch slurm.sh
# A task that was cut off goes on where it was when it is submitted again. Join the parts once all tasks have ended:
#   cat OUT/part-*.csv > OUT/all.csv
# (ls and cat order the parts by name, so that the first, which has the heads, comes first: numbers are padded).
set -eu
part=$(printf %04d "$SLURM_ARRAY_TASK_ID")
osteolens analyze "$FILMS" --csv --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" --out "$OUT/part-$part.csv" --skip-done || [ $? = 3 ]   # 3: a film could not be read; its line says why
