/**
 * How many cells, nodes and databases so many connected users need: tenants of very different sizes are dealt to cells, and each
 * cell is filled by what its users say. A cell is one log: one PostgreSQL, one Redis and its nodes.
 */

/** Seconds of CPU, as the benches print them in µs. */
export type Costs = {
  /** Of nodes, for taking a message, without telling anybody. */
  readonly perSendUs: number;
  /** Of nodes, for each connection that hears it. */
  readonly perDeliveryUs: number;
  /** Of each node, for every entry of its log, whoever hears it. */
  readonly perEntryUs: number;
  /** Of the database, for every entry. */
  readonly perEntryOfDatabaseUs: number;
  readonly perConnectionKib: number;
};

/** What is taken for granted; everything else follows. */
export const assumptions = {
  /** Of a connected user, at the busiest time. */
  secondsBetweenMessages: 120,
  /** Connections that hear a message. */
  hearersPerMessage: 10,
  /** A message's own, and read marks that follow it. */
  entriesPerMessage: 3,
  /** How much of its core a node or the writing of a database uses at the busiest time. */
  share: 0.5,
  /** Connected users of the largest tenants. */
  largestTenant: 50_000,
  connectionsPerNode: 50_000,
  tenantsPerMillion: 200,
} as const;

export type Plan = {
  readonly users: number;
  readonly messagesPerSecond: number;
  readonly cells: number;
  /** Of the fullest cell. */
  readonly entriesPerSecond: number;
  readonly nodesPerCell: number;
  readonly nodes: number;
  readonly connectionsPerNode: number;
  readonly nodeMebibytes: number;
  /** How much fuller the fullest cell is than the mean, when tenants go to the emptiest cell, and when a hash of their name decides. */
  readonly imbalance: { readonly placed: number; readonly hashed: number };
};

/** Entries a second at which the one transaction after the other that writes a log uses the whole of a core. */
export const writingCeiling = ({ perEntryOfDatabaseUs }: Costs): number => 1e6 / perEntryOfDatabaseUs;
/** Entries a second at which every node is busy with hearing alone: one more node brings nothing. */
export const hearingCeiling = ({ perEntryUs }: Costs): number => 1e6 / perEntryUs;

/** Nodes that a log of so many entries a second needs; `Infinity` where no number is enough. */
export function nodesFor(entriesPerSecond: number, costs: Costs): number {
  const { hearersPerMessage, entriesPerMessage, share } = assumptions;
  const messages = entriesPerSecond / entriesPerMessage;
  const others = entriesPerSecond - messages;
  const told = messages * hearersPerMessage * costs.perDeliveryUs;
  const work = (entriesPerSecond * costs.perSendUs + told + others * costs.perDeliveryUs) / 1e6;
  const left = share - (entriesPerSecond * costs.perEntryUs) / 1e6;
  return left <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(work / left));
}

/** Where nodes cost least for each entry, and the writing of the database is not used above its share. */
export function bestEntriesPerCell(costs: Costs): number {
  const most = assumptions.share * Math.min(writingCeiling(costs), hearingCeiling(costs));
  let best = { entries: 1, price: Number.POSITIVE_INFINITY };
  for (let part = 1; part <= 100; part++) {
    const entries = (most * part) / 100;
    // One more, so that any of them may be away.
    const price = (nodesFor(entries, costs) + 1) / entries;
    if (price <= best.price) best = { entries, price };
  }
  return best.entries;
}

/** What so many connected users need. The same seed deals the same tenants. */
export function plan(users: number, costs: Costs, seed = 1): Plan {
  const { secondsBetweenMessages, entriesPerMessage } = assumptions;
  const messagesPerSecond = users / secondsBetweenMessages;
  const best = bestEntriesPerCell(costs);
  const sizes = tenantSizes(users, seed);
  const emptiest = (_tenant: number, cells: readonly number[]) => cells.indexOf(Math.min(...cells));
  let cells = Math.max(1, Math.ceil((messagesPerSecond * entriesPerMessage) / best));
  let placed = fullest(sizes, cells, emptiest);
  const entriesOfFullest = () => ((messagesPerSecond * entriesPerMessage) / cells) * placed;
  // Tenants are no sand: it may take more cells than their sum says.
  while (entriesOfFullest() > best) {
    cells = Math.ceil(cells * 1.03);
    placed = fullest(sizes, cells, emptiest);
  }
  const hashed = fullest(sizes, cells, (tenant) => hash(tenant) % cells);
  const usersOfFullest = (users / cells) * placed;
  const entriesPerSecond = entriesOfFullest();
  const serving = Math.max(
    nodesFor(entriesPerSecond, costs),
    Math.ceil(usersOfFullest / assumptions.connectionsPerNode),
  );
  const connectionsPerNode = Math.ceil(usersOfFullest / serving);
  return {
    users,
    messagesPerSecond,
    cells,
    entriesPerSecond,
    nodesPerCell: serving + 1,
    nodes: cells * (serving + 1),
    connectionsPerNode,
    nodeMebibytes: (connectionsPerNode * costs.perConnectionKib) / 1024,
    imbalance: { placed, hashed },
  };
}

/** A few large tenants and very many small ones (Zipf), in an order that has nothing to do with their size. */
function tenantSizes(users: number, seed: number): number[] {
  const count = Math.ceil((users / 1e6) * assumptions.tenantsPerMillion);
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1));
  const sum = weights.reduce((total, one) => total + one, 0);
  const sizes = weights.map((weight) => Math.min(assumptions.largestTenant, (weight / sum) * users));
  // What the largest may not have, all have together.
  const missing = (users - sizes.reduce((total, one) => total + one, 0)) / count;
  let state = seed;
  return sizes
    .map((size) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return { size: size + missing, order: state };
    })
    .sort((one, other) => one.order - other.order)
    .map(({ size }) => size);
}

/** How much fuller the fullest cell is than the mean. */
function fullest(
  sizes: readonly number[],
  count: number,
  choose: (tenant: number, cells: readonly number[]) => number,
): number {
  const cells = Array<number>(count).fill(0);
  for (const [tenant, size] of sizes.entries()) {
    const cell = choose(tenant, cells);
    cells[cell] = (cells[cell] ?? 0) + size;
  }
  const mean = cells.reduce((total, one) => total + one, 0) / count;
  return Math.max(...cells) / mean;
}

function hash(tenant: number): number {
  let mixed = Math.imul(tenant ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
