/* A page's client, with types that openapi-typescript made of /openapi.json. tests/system/test_judges.py compiles it with
 * every strictness, runs it with node and compares what it prints. */
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };
const [url = "", sku = "", node = ""] = process.argv.slice(2);

type Schemas = components["schemas"];
const client = createClient<paths>({ baseUrl: url });

function must<T>(answer: { data?: T; error?: unknown }): T {
    if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
    return answer.data;
}

function price_of(item: Schemas["Item"]): string {
    const price: Schemas["Price"] | null | undefined = item.price;
    return price ? `${price.amount} ${price.currency}` : "none";
}

function zone_walk(document: Schemas["Node"], name: string): number | null | undefined {
    const zones: Schemas["Zone"][] = document.zones ?? [];
    return zones.find((zone) => zone.zone === name)?.walk;
}

const item = must(await client.GET("/v1/items/{sku}", { params: { path: { sku } } }));
const store = must(await client.GET("/v1/nodes/{node}", { params: { path: { node } } }));
const located = must(await client.GET("/v1/items/{sku}/locate", { params: { path: { sku }, query: { node } } }));
const several = must(await client.GET("/v1/availability", {
    params: { query: { sku: [sku, "nothing"], node: [node], include: "item" } },
}));
const bulk = must(await client.POST("/v1/availability", { body: { pairs: [[sku, node]] } }));
const nearby = must(await client.GET("/v1/nearby", { params: { query: { item: [sku], node, for: "visit" } } }));
const missing = await client.GET("/v1/items/{sku}/locate", { params: { path: { sku: "nothing" }, query: { node } } });

/* Types are known to the last member: each of these would be an error. */
// @ts-expect-error: no such span
const no_span: number = store.hours?.mon?.[0];
// @ts-expect-error: no such word
const no_kind: "shop" | null | undefined = store.kind;
// @ts-expect-error: a code that this route does not answer
const no_code = missing.error?.code === "unknown_style";
// @ts-expect-error: a parameter that this route does not take
const no_parameter = client.GET("/v1/nodes/{node}", { params: { path: { node }, query: { k: 1 } } });
void [no_span, no_kind, no_code, no_parameter];

console.log(JSON.stringify({
    title: item.title,
    price: price_of(item),
    monday: store.hours?.mon?.[0],
    floor: store.floors?.[0]?.name,
    walk: zone_walk(store, "women"),
    shelf: located.places[0]?.shelf,
    likely: located.places[0]?.likely,
    statuses: several.lines.map((line) => line.status),
    available: bulk.lines.map((line) => ("available" in line ? line.available : null)),
    nearest: nearby.nodes[0]?.node,
    problem: missing.error?.code,
}));
