#!/usr/bin/env bash
# Makes seeds for the fuzz targets under fuzz/corpus from captured printer jobs.
#
# The jobs are looked for in HUITOU_CORPUS, else beside the workspace in ../shared/corpus. Without
# them only the few seeds written out below are made, which is enough to begin with.
set -euo pipefail
cd "$(dirname "$0")"
jobs=${HUITOU_CORPUS:-../../shared/corpus}
mkdir -p corpus/{tokenizer,hold,link,messages,lists}

# Steps before a job for `hold` (see fuzz_targets/hold.rs): how many, then step and argument each.
plain='\0'
pieces='\x08\x04\x40\x07\x14\x04\xff\x08\x33\x06\x40\x07\x3c\x06\xff\x08\xff'
noted='\x0c\x06\xff\x0f\xff\x06\xff\x0f\x61\x06\xff\x10\x62\x06\xff\x0f\xaf\x06\xff\x0f\xcb\x06\xff\x0d\x00'
broken='\x0a\x06\x20\x14\x00\x06\x20\x15\x00\x06\x20\x0e\x00\x0c\x7f\x16\x33\x0b\xff\x0d\x00'

seed() { # name, file with a job
  cp "$2" "corpus/tokenizer/$1"
  for steps in plain pieces noted broken; do
    { printf '%b' "${!steps}"; cat "$2"; } > "corpus/hold/$1.$steps"
  done
}

small=$(mktemp); trap 'rm -f "$small"' EXIT
printf '\x1b@shop\n\x1bE\x01total 1.00\n\x1bE\x00\x1bd\x03\x1dV\x00\x1bp\x00\x19\xfa' > "$small"; seed cut "$small"
printf '\x1b@one\n\n\n\n\n\x1b@two\n\n\n\n\n' > "$small"; seed no-cutter "$small"
printf '\x1b\x1da\x01star\n\x1b*rAb\x03\x00abc\x1b*rB\x1bd\x02' > "$small"; seed star "$small"
printf '\x1dv0\x00\x02\x00\x02\x00\x1dV\x00\x1b\x1dkA\x03abc\x1b*\x21\x02\x00abcdef\x1c&\xd7\xdc\x1c.' > "$small"; seed picture "$small"

# Messages as they are on record in the link's own tests, and one frame.
printf '\x01\x01\x08\x07\x06\x05\x04\x03\x02\x01\x09\0\0\0' > corpus/link/hello
printf '\x02\x07\0\0\0\x02\x01\0\0\0\0\0\0\x02\0\x1c&' > corpus/link/slip-start
printf '\x03\x07\0\0\0\x02\0ab' > corpus/link/slip-data
printf '\x05\x07\0\0\0\x03\x01\0\x01\0\0\0\0\0\0\0' > corpus/link/slip-end
printf '\x83\x07\0\0\0\x01\x04\0\x0d\x02hi' > corpus/link/note
printf '\x03\x09\x05\x01\x05\x7d\x52\x87\x5a\0' > corpus/link/frame

printf '款号,品类,面料,洗涤\nA1,大衣,羊毛,干洗\n' > corpus/lists/styles
printf '手机号,姓名,性别,生日\n13800006721,李,女,05-20\n' > corpus/lists/members
printf 'state_dir = "x"\n[store]\nname = "y"\n' > corpus/lists/config
printf '\x83\x83\x00\x00\x00\x0a\x80' > corpus/messages/event

if [ -d "$jobs" ]; then
  while IFS= read -r job; do
    seed "$(basename "${job%.bin}")" "$job"
  done < <(find "$jobs" -name '*.bin' -size -64k)
else
  echo "seeds: no jobs in $jobs (set HUITOU_CORPUS); the built-in ones only"
fi
for target in tokenizer hold link messages lists; do
  echo "seeds: $(find "corpus/$target" -type f | wc -l) for $target"
done
