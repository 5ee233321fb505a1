#!/usr/bin/env bash
# Makes seeds for the fuzz targets under fuzz/corpus from captured printer jobs.
#
# The jobs are looked for in HUITOU_CORPUS, else beside the workspace in ../shared/corpus. Without
# them only the few seeds written out below are made, which is enough to begin with.
set -euo pipefail
cd "$(dirname "$0")"
jobs=${HUITOU_CORPUS:-../../shared/corpus}
mkdir -p corpus/{tokenizer,hold,link,messages,till,lists,imports,rules,slips,page,http}

# Steps before a job for `hold` (see fuzz_targets/hold.rs): how many, then step and argument each.
plain='\0'
pieces='\x08\x04\x40\x07\x14\x04\xff\x08\x33\x06\x40\x07\x3c\x06\xff\x08\xff'
noted='\x0c\x06\xff\x0f\xff\x06\xff\x0f\x61\x06\xff\x10\x62\x06\xff\x0f\xaf\x06\xff\x0f\xcb\x06\xff\x0d\x00'
broken='\x0a\x06\x20\x14\x00\x06\x20\x15\x00\x06\x20\x0e\x00\x0c\x7f\x16\x33\x0b\xff\x0d\x00'

seed() { # name, file with a job
  cp "$2" "corpus/tokenizer/$1"
  { printf '\x85'; cat "$2"; } > "corpus/slips/$1" # with the usual prelude, on the virtual printer, too
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
# Events as they are on record in the tests of their format.
number=0
for hex in $(grep -o '"[0-9a-f]\{20,\}"' ../sync/src/event/tests.rs ../sync/src/tier/policy.rs ../sync/src/tier/tests/wire.rs | cut -d'"' -f2); do
  number=$((number + 1))
  perl -e 'print pack "H*", shift' "$hex" > "corpus/messages/record-$number"
  { printf '\x00'; cat "corpus/messages/record-$number"; } > "corpus/till/record-$number"
done
printf '\x01\x02\x01\x03\x01\x01\x00\x01\x00\x05\x05\x03\x06\xe6\x9d\x8e\xe6\x9d\x8e' > corpus/till/page

# Lists: the first byte is the kind, its header comes by itself.
printf '\x0013800006721,李晓明,女,1990-05-20,M,金卡,1200,2024-03-01,小张,湖滨店,是,\n' > corpus/imports/members
printf '\x011003,张三,湖滨店,店长,13911118888\n' > corpus/imports/staff
printf '\x02湖滨店,S01,华东,杭州,2020-01-02,400-800-1234\n' > corpus/imports/stores
printf '\x03DR2301,连衣裙,裙,真丝,手洗,春\n' > corpus/imports/styles
printf '\x042025-05-01,湖滨店,A1,88.00,13800006721,连衣裙,DR2301,1,88.00\n' > corpus/imports/sales

rule='[[rule]]\nid = "own"\npart = "care"\npriority = 60\nzh = ["{name},天冷了,多穿点"]\nen = ["Keep warm"]\n'
printf "\\x00$rule" > corpus/rules/rule
printf '\x01{name},欢迎回来' > corpus/rules/line
printf '\x02receipts = 0\nlabels = ["合计", "现金"]\nreceipt_no = "A0000"\n[amounts]\n合计 = "total"\n[fields]\n单号 = "receipt_no"\n' > corpus/rules/layout
{ printf '\x03'; cat ../sync/src/hq/desk/rules.toml 2>/dev/null || true; } > corpus/rules/desk
{ printf '\x04'; cat ../sync/src/hq/desk/messages/messages.toml 2>/dev/null || true; } > corpus/rules/messages
printf '\x05祝您生日快乐,随时欢迎来坐坐' > corpus/rules/text
printf '\x06{name},{item}' > corpus/rules/template
printf '\x07{"data":[{"code":"0","id":"a-1"}],"state":1}' > corpus/rules/answer

printf '\x00GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' > corpus/page/get
printf '\x02api/wait?seen=0\n' > corpus/page/wait
printf '\x0313800006721\r' > corpus/page/keypad
for at in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  for body in '{"number":"13900001234","surname":"王","title":"女士"}' '{"serving":"refused"}' '{"row":0,"part":"total"}' '{"digits":"6721"}'; do
    { printf "\\x$(printf %02x $((at * 4 + 1)))"; printf '%s' "$body"; } > "corpus/page/post-$at-${#body}"
  done
done
number=0
for path in $(grep -oh '"/[a-z0-9/{}._-]*"' ../sync/src/hq/web/route.rs ../sync/src/hq/web/list/kind.rs | tr -d '"' | sort -u); do
  number=$((number + 1))
  path=${path//'{'*'}'/1-1}
  printf '\x01GET %s?limit=5\n\n' "$path" > "corpus/http/get-$number"
  printf '\x01POST %s\n\nwhy=x&value=M' "$path" > "corpus/http/post-$number"
done
printf '\x00PUT /v1/t/11111111-1111-1111-1111-111111111111/11111111-1111-1111-1111-111111111111/1-2\n\nx' > corpus/http/batch

if [ -d "$jobs" ]; then
  while IFS= read -r job; do
    seed "$(basename "${job%.bin}")" "$job"
  done < <(find "$jobs" -name '*.bin' -size -64k)
else
  echo "seeds: no jobs in $jobs (set HUITOU_CORPUS); the built-in ones only"
fi
for target in $(ls corpus); do
  echo "seeds: $(find "corpus/$target" -type f | wc -l) for $target"
done
