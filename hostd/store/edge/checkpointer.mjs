// Runs in a thread of its own: moves what the write-ahead log holds into the database, once. That
// waits for the disk, and on an SD card the disk may take its time; commands must not wait with it.
import { DatabaseSync } from "node:sqlite";
import { workerData } from "node:worker_threads";

const db = new DatabaseSync(workerData);
db.exec("PRAGMA busy_timeout=0; PRAGMA synchronous=NORMAL; PRAGMA wal_checkpoint(PASSIVE);");
db.close();
