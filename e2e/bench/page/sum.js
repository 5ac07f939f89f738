// The checksum of package event, over values of JSON.parse: the same fields in
// the same order, except that a time is text here.
export class Sum {
	count = 0;
	ints = 0;
	floats = 0;
	times = 0;

	quote(q) {
		this.count++;
		this.ints += q.symbol.length + q.symbol.charCodeAt(0);
		this.floats += q.bid;
		this.floats += q.ask;
		this.floats += q.last;
		this.ints += q.volume;
		this.times += q.time.length + q.time.charCodeAt(0);
	}

	book(b) {
		this.count++;
		this.#text(b.symbol);
		this.ints += b.seq;
		this.times += b.time.length + b.time.charCodeAt(0);
		this.#text(b.session.name);
		this.ints += b.session.open ? 1 : 0;
		this.times += b.session.opened.length + b.session.opened.charCodeAt(0);
		for (const tag of b.tags) {
			this.#text(tag);
		}
		this.#levels(b.bids);
		this.#levels(b.asks);
		for (const name in b.volumes) {
			this.#text(name);
			this.ints += b.volumes[name];
		}
		for (const name in b.labels) {
			this.#text(name);
			this.#text(b.labels[name]);
		}
	}

	#levels(levels) {
		for (const level of levels) {
			this.floats += level.price;
			this.ints += level.size + level.orders;
		}
	}

	#text(text) {
		this.ints += text.length + (text === "" ? 0 : text.charCodeAt(0));
	}

	// As Go writes it: whole numbers as text, for they may be large.
	toJSON() {
		return { count: this.count, ints: String(this.ints), floats: this.floats, times: String(this.times) };
	}
}
