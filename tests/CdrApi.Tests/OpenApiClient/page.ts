// Reads every CDR, page by page, with a client that is made from the OpenAPI document, and prints their ids.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { env: Record<string, string | undefined> };

const client = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: process.env.CDR_API_URL,
  headers: { "X-API-Key": process.env.CDR_API_KEY },
});

let cursor: string | undefined;
do {
  const { data, error } = await client.GET("/cdrs", {
    params: { query: { type: "all", limit: 10_000, fields: "i_cdr", cursor } },
  });
  if (error) {
    throw new Error(`${error.title}: ${error.detail}`);
  }

  for (const cdr of data.data) {
    console.log(cdr.i_cdr);
  }

  cursor = data.next_cursor ?? undefined;
} while (cursor);
