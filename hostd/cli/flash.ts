import type { Command } from "commander";
import { CaddyError, EXIT } from "../errors.ts";
import { withClient, withConnection } from "./connect.ts";
import { listPorts, portTable } from "./flash-list.ts";
import { type FlashOptions, flashOrder } from "./flash-options.ts";
import { runFlash } from "./flash-run.ts";
import { type CliIo, json, table } from "./io.ts";
import type { Finish } from "./program.ts";

const HELP = `
Writes firmware, module and configuration, each only where it differs, and compares what was
written. Caddies keep their power: the outputs do not follow the Wemos's reset. Ports that are not
a backplane's are never opened unless named: they may be consoles.

Wi-Fi and broker stay as the backplane has them unless they are given. A backplane that has none
yet asks for its Wi-Fi; without a terminal it takes --wifi-file: the network's name, and on a
second line its password (mode 0600).

Examples:
  hostd flash --port /dev/ttyUSB0 --backplane bp1 --broker rack.lan   # the first time
  hostd flash --backplane bp1                                         # in place, over the hub
  hostd flash --list`;

export function addFlash(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program
      .command("flash")
      .description("Flash a backplane's Wemos over USB, or list serial ports.")
      .option("--backplane <NAME>", "which backplane of shack.yaml")
      .option("--port <PATH>", "serial port (default: usb: of that backplane in shack.yaml)")
      .option("--list", "show ports and what answers at those of backplanes; restarts these")
      .option("--image <FILE>", "firmware image (default: what npm run firmware:wemos built)")
      .option("--wifi-file <FILE>", "the network's name and, on a second line, its password")
      .option("--broker <HOST:PORT>", "the MQTT broker as the backplane reaches it")
      .option("--baud <N>", "115200, 230400, 460800 or 921600", "460800")
      .option("--move", "the chip may be another backplane's: it becomes this one")
      .option("--timeout <TIME>", "how long to wait until it is online", "60s")
      .option("--no-wait", "return once it is restarted"),
  )
    .addHelpText("after", HELP)
    .action(async (options: FlashOptions) => {
      finish(options.list ? await list(options, io) : await flash(options, io));
    });
}

async function flash(options: FlashOptions, io: CliIo): Promise<number> {
  const order = flashOrder(options, io);
  const say = (text: string) => (options.json ? undefined : io.out(text));
  say(`image  ${order.image.file}, ${order.image.bytes.length} bytes`);
  const done = await withClient(options, io, (client) => runFlash(client, io, order, say));
  const { backplane, module } = done;
  if (module !== null) say(`online ${backplane}, module ${module}`);
  if (!options.json) return EXIT.done;
  const { port, chip, writtenBytes, skippedBytes, retries, tookMs } = done;
  const written = { written_bytes: writtenBytes, skipped_bytes: skippedBytes };
  const took_ms = Math.round(tookMs);
  io.out(json({ backplane, port, mac: chip.mac, ...written, retries, took_ms, module }));
  return EXIT.done;
}

async function list(options: FlashOptions, io: CliIo): Promise<number> {
  const wrong = (["backplane", "image", "wifiFile", "broker", "move"] as const).find(
    (name) => options[name] !== undefined,
  );
  if (wrong !== undefined) {
    const flag = wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new CaddyError("CADDY_USAGE", `--list flashes nothing, so it takes no --${flag}`);
  }
  const { rows, unreachable } = await listPorts(options, io);
  if (unreachable !== null) {
    io.err(`hostd: which port is a backplane's is not known: ${unreachable}`);
  }
  if (options.json) io.out(json({ ports: rows }));
  else io.out(rows.length === 0 ? "no USB serial port is plugged in" : table(portTable(rows)));
  return EXIT.done;
}
