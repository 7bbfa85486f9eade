// Kuzu behind a pipe, for `compare`: the commands of VirtuosoPeer.cpp, all but NAMED and WRITE. A query is Cypher; LOAD takes
// a file of Cypher statements, one a line, that make the tables and copy CSV files into them. `node KuzuPeer.js DIRECTORY`.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const kuzu = require("kuzu");

const BUFFERS = 8 * 2 ** 30; // bytes, as the others have
const TIMEOUT = 60_000; // milliseconds

const BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = (1n << 64n) - 1n;

function mixed(hash, text) {
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return ((hash ^ 0x1fn) * PRIME) & MASK;
}

// As printf's %.6e, whose exponent has two digits at least.
function number(value) {
  return value.toExponential(6).replace(/e([+-])(\d)$/, "e$10$2");
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "bigint") return number(Number(value));
  if (typeof value === "boolean") return number(value ? 1 : 0);
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return String(value);
}

function sumOf(rows, names) {
  let sum = 0n;
  for (const row of rows) {
    let hash = BASIS;
    for (const name of names) hash = mixed(hash, cell(row[name]));
    sum = (sum + hash) & MASK;
  }
  return sum;
}

async function main() {
  const file = path.join(process.argv[2], "kuzu.db");
  const connection = new kuzu.Connection(new kuzu.Database(file, BUFFERS));
  connection.setQueryTimeout(TIMEOUT);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, ...rest] = line.split(" ");
    try {
      let rows = [];
      let names = [];
      let sum = 0n;
      const text = rest.length > 0 ? fs.readFileSync(rest[0], "utf8") : "RETURN 1";
      const start = process.hrtime.bigint();
      if (verb === "LOAD") {
        connection.setQueryTimeout(3_600_000);
        for (const statement of text.split("\n")) if (statement !== "") await connection.query(statement);
        connection.setQueryTimeout(TIMEOUT);
      } else if (verb === "EMPTY") {  // the clock runs in this process: nothing is to be taken off
        console.log("ok 0 0 0");
        continue;
      } else if (verb === "MEMORY") {
        sum = BigInt(/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) * 1024n;
      } else {
        const result = await connection.query(text);
        names = await result.getColumnNames();
        rows = await result.getAll();
      }
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (verb === "QUERY") sum = sumOf(rows, names);
      console.log(`ok ${seconds.toFixed(6)} ${rows.length} ${sum}`);
    } catch (error) {
      console.log("fail " + String(error.message ?? error).replace(/\s+/g, " "));
    }
  }
}

main();
