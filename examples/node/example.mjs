// The same from Node: `npm install redis`, then `node example.mjs`.
// The server is that of DATELINE_REDIS_URL (redis://127.0.0.1:6379/0 without it): `dateline up` runs one.
import { createClient } from "redis";

const server = createClient({ url: process.env.DATELINE_REDIS_URL ?? "redis://127.0.0.1:6379/0" });
await server.connect();

const reports = {
  "coastalpost.example": "Ferry with 60 aboard sinks off Flores, 12 dead",
  "meridianwire.example": "Twelve dead as passenger ferry with 60 aboard sinks off Flores",
};
const sent = [];
for (const [outlet, title] of Object.entries(reports)) {
  const article = { title, url: `https://${outlet}/flores-ferry`, published_at: Date.now() };
  sent.push(await server.xAdd("articles.raw", "*", { article: JSON.stringify(article) }));
}

let position = "0"; // keep the id of the last entry you handled
for (let articles = 0; articles < 2; ) {
  const streams = await server.xRead({ key: "stories.published", id: position }, { BLOCK: 10_000 });
  if (!streams) break;
  for (const { id, message } of streams[0].messages) {
    const record = JSON.parse(message.data);
    articles = record.article_count;
    position = id;
    console.log(message.type, message.sequence, articles, record.headline.text);
  }
}

for (const { message } of await server.xRange("{articles.raw}.outcomes", "-", "+")) {
  if (sent.includes(message.entry_id)) console.log(message.entry_id, message.outcome, message.article_id);
}
await server.close();
