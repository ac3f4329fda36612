import { pipeline, Transform } from "node:stream";
import Fastify from "fastify";
import pg from "pg";
import QueryStream from "pg-query-stream";

const { PORT, DATABASE_URL, STATS_SQL } = process.env;

const pool = new pg.Pool({ connectionString: DATABASE_URL });
// An idle connection that the server closes would end the process otherwise.
pool.on("error", (error) => console.error(error.message));

const app = Fastify({ logger: false });

const schema = {
  querystring: {
    type: "object",
    required: ["limit"],
    properties: {
      limit: { type: "integer", minimum: 1 },
      offset: { type: "integer", minimum: 0, default: 0 },
      i_account: { type: "integer" },
    },
  },
};

function newest({ limit, offset, i_account }) {
  const values = [limit, offset];
  if (i_account !== undefined) values.push(i_account);
  const text = `
    SELECT i_cdr, i_call, i_account, cli_in AS cli, cld_in AS cld, connect_time, disconnect_time,
           duration, billed_duration, cost, result, remote_ip, i_protocol, prefix
    FROM cdrs
    WHERE connect_time IS NOT NULL ${i_account === undefined ? "" : "AND i_account = $3"}
    ORDER BY connect_time DESC, i_cdr DESC
    LIMIT $1 OFFSET $2`;
  return { text, values };
}

function jsonArray() {
  let before = "[";
  return new Transform({
    writableObjectMode: true,
    transform(row, _, done) {
      done(null, before + JSON.stringify(row));
      before = ",";
    },
    flush: (done) => done(null, before === "[" ? "[]" : "]"),
  });
}

app.get("/cdrs", { schema }, async (request) => {
  const { rows } = await pool.query(newest(request.query));
  return rows;
});

app.get("/streamed/cdrs", { schema }, async (request, reply) => {
  const client = await pool.connect();
  const { text, values } = newest(request.query);
  // After a failure, or when the caller has gone, the connection is closed instead of kept: its query may still run.
  const body = pipeline(client.query(new QueryStream(text, values)), jsonArray(), (error) => client.release(error));
  return reply.type("application/json").send(body);
});

app.get("/cdrs/stats", async () => {
  const { rows } = await pool.query(STATS_SQL);
  return rows;
});

await app.listen({ host: "127.0.0.1", port: Number(PORT) });
