// Probes and prints with node-thermal-printer, which hangs up right after its last byte.
// Arguments: host, receipt number. Prints {"connected"}.
const { printer: Printer, types: Types } = require('node-thermal-printer');
const iconv = require('iconv-lite');

const [host, no] = process.argv.slice(2);
const edges = (left, right) => left + ' '.repeat(20) + right;

(async () => {
  const printer = new Printer({ type: Types.EPSON, interface: `tcp://${host}:9100`, width: 48 });
  const connected = await printer.isPrinterConnected();
  const rows = [
    '云裳坊', `单号:${no}`, '日期:2026-11-21 11:40:05', '-'.repeat(48),
    edges('纯棉衬衫', '242.00'), '-'.repeat(48),
    edges('合计', '242.00'), edges('现金', '250.00'), edges('找零', '8.00'),
  ];
  for (const row of rows) {
    printer.append(iconv.encode(row + '\n', 'gb18030'));
  }
  printer.openCashDrawer();
  printer.cut();
  await printer.execute();
  console.log(JSON.stringify({ connected }));
})();
