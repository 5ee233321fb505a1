// Prints a receipt with receiptio, the strictest two-way client, and says how it went.
// Arguments: host, receipt number. Prints {"result", "ms"}.
const receiptio = require('receiptio');

const [host, no] = process.argv.slice(2);
const rows = `^^^云裳坊

单号:${no}
日期:2026-11-21 10:26:31
-
羊毛大衣 | 1299.00
-
合计 | 1299.00
现金 | 1300.00
找零 | 1.00
`;

(async () => {
  const began = Date.now();
  const result = await receiptio.print(rows, `-d ${host} -p generic -l zh-hans -c 42 -t 20`);
  console.log(JSON.stringify({ result, ms: Date.now() - began }));
})();
