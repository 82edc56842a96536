/*
 * Draws DataHub's candles and keeps them live: all history once, then the last two bars and the
 * quote each second.
 *
 * For automation: <html data-ready="1"> while candles are drawn and live, #last-price[data-price],
 * #chart[data-candles][data-symbol][data-resolution]. The address takes ?symbol= and ?resolution=.
 */
"use strict";

(() => {
    const BARS = 600;
    const BARS_IN_VIEW = 140;
    const INTERVAL_MS = 1000;
    const NAMES = { "1": "1 min", "5": "5 min", "15": "15 min", "60": "1 h", "1D": "1 day" };
    const QUOTE_FIELDS = ["open_price", "high_price", "low_price", "bid", "ask"];
    const { createChart, CandlestickSeries, HistogramSeries, CrosshairMode } = LightweightCharts;
    const element = (id) => document.getElementById(id);
    const dark = matchMedia("(prefers-color-scheme: dark)");

    const view = { symbol: null, resolution: null, info: null, candles: 0, last: 0 };
    let chart, candles, volumes;

    async function get(path, query) {
        const response = await fetch(`${path}?${new URLSearchParams(query)}`);
        const answer = await response.json();
        if (answer.s === "error")
            throw new Error(answer.errmsg);
        return answer;
    }

    const colour = (name) =>
        getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

    const priceText = (value) => value.toLocaleString("en-US", {
        minimumFractionDigits: view.info.digits, maximumFractionDigits: view.info.digits });

    function paint() {
        chart.applyOptions({
            layout: { background: { color: colour("surface") }, textColor: colour("quiet"),
                      fontFamily: getComputedStyle(document.body).fontFamily },
            grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
            rightPriceScale: { borderColor: colour("line") },
            timeScale: { borderColor: colour("line") },
        });
        candles.applyOptions({ upColor: colour("up"), downColor: colour("down"),
                               wickUpColor: colour("up"), wickDownColor: colour("down") });
    }

    function build() {
        chart = createChart(element("chart"), {
            autoSize: true,
            crosshair: { mode: CrosshairMode.Normal },
            timeScale: { timeVisible: true, rightOffset: 4 },
            localization: { locale: "en-GB" },
        });
        candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
        volumes = chart.addSeries(HistogramSeries, {
            priceFormat: { type: "volume" }, priceScaleId: "", lastValueVisible: false,
            priceLineVisible: false });
        candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
        volumes.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
        paint();
    }

    /* A UDF answer is a table of columns; the chart takes rows. */
    const rows = (bars) => bars.t.map((time, i) => (
        { time, open: bars.o[i], high: bars.h[i], low: bars.l[i], close: bars.c[i] }));
    const volumeRows = (bars) => bars.t.map((time, i) => (
        { time, value: bars.v[i],
          color: colour(bars.c[i] >= bars.o[i] ? "up-faint" : "down-faint") }));

    const history = (count) => get("udf/history", {
        symbol: view.symbol, resolution: view.resolution, countback: count,
        to: Math.floor(Date.now() / 1000) + 86400 });

    function say(text) {
        element("message").textContent = text;
        element("message").hidden = text === "";
    }

    function tellState(kind, text) {
        const state = element("state");
        if (state.textContent !== text)
            state.textContent = text;
        state.className = kind;
    }

    /* Two frames later what was given to the chart is on the screen. */
    const drawn = () => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(done)));

    async function showAll(generation) {
        const info = await get("udf/symbols", { symbol: view.symbol });
        const bars = await history(BARS);
        if (generation !== view.generation)
            return;
        if (bars.s !== "ok")
            throw new Error("there are no candles yet");
        info.digits = Math.round(Math.log10(info.pricescale));
        view.info = info;
        view.candles = bars.t.length;
        view.last = bars.t[bars.t.length - 1];
        element("name").textContent = info.ticker;
        element("description").textContent = info.description;
        candles.applyOptions({ priceFormat: { type: "price", precision: info.digits,
                                              minMove: info.minmov / info.pricescale } });
        candles.setData(rows(bars));
        volumes.setData(volumeRows(bars));
        chart.applyOptions({ timeScale: { timeVisible: view.resolution !== "1D" } });
        chart.timeScale().setVisibleLogicalRange(
            { from: Math.max(0, view.candles - BARS_IN_VIEW), to: view.candles + 3 });
        await showQuote(generation);
        say("");
        await drawn();
        publish(generation);
    }

    async function showQuote(generation) {
        const answer = await get("quotes", { symbols: view.symbol });
        const quote = answer.d[0].v;
        if (generation !== view.generation || view.info === null)
            return;
        const price = element("last-price");
        const change = element("change");
        const sign = quote.ch > 0 ? "+" : "";
        price.textContent = priceText(quote.lp);
        price.dataset.price = quote.lp;
        change.textContent = `${sign}${priceText(quote.ch)} (${sign}${quote.chp.toFixed(2)} %)`;
        change.className = quote.ch < 0 ? "down" : "up";
        for (const field of QUOTE_FIELDS)
            element(field).textContent = priceText(quote[field]);
        element("volume").textContent = quote.volume.toLocaleString("en-US");
        document.title = `${priceText(quote.lp)} ${view.info.name} (simulated)`;
    }

    function publish(generation) {
        if (generation !== view.generation)
            return;
        const chartData = element("chart").dataset;
        chartData.candles = view.candles;
        chartData.symbol = view.symbol;
        chartData.resolution = view.resolution;
        element("chart").setAttribute("aria-label",
            `Candlestick chart of ${view.info.description}, ${NAMES[view.resolution]} candles`);
        document.documentElement.dataset.ready = "1";
    }

    async function update(generation) {
        const bars = await history(2);
        if (generation !== view.generation || bars.s !== "ok")
            return;
        /* More than one new bar: we slept, or DataHub did. */
        if (bars.t[0] > view.last)
            return void await showAll(generation);
        const newRows = rows(bars), newVolumes = volumeRows(bars);
        newRows.forEach((row, i) => {
            if (row.time < view.last)
                return;
            candles.update(row);
            volumes.update(newVolumes[i]);
            if (row.time > view.last)
                view.candles++;
            view.last = row.time;
        });
        await showQuote(generation);
        publish(generation);
    }

    /* Each choice of a symbol is a new generation; answers to an older one are thrown away. */
    async function run(generation) {
        let isShown = false;
        while (generation === view.generation) {
            try {
                await (isShown ? update(generation) : showAll(generation));
                isShown = true;
                tellState("live", "Live, simulated");
            } catch (error) {
                if (generation !== view.generation)
                    return;
                delete document.documentElement.dataset.ready;
                tellState("away", `No data: ${error.message}. Trying again.`);
                if (!isShown)
                    say(`No candles: ${error.message}. Trying again.`);
            }
            await new Promise((done) => setTimeout(done, INTERVAL_MS));
        }
    }

    function choose(symbol, resolution) {
        delete document.documentElement.dataset.ready;
        Object.assign(view, { symbol, resolution, info: null,
                              generation: (view.generation || 0) + 1 });
        window.history.replaceState(null, "", `?${new URLSearchParams({ symbol, resolution })}`);
        run(view.generation);
    }

    const option = (symbol) => new Option(`${symbol.symbol}  ${symbol.description}`, symbol.symbol);

    function resolutionButton(resolution, isChosen) {
        const label = document.createElement("label");
        const input = document.createElement("input");
        Object.assign(input, { type: "radio", name: "resolution", value: resolution,
                               checked: isChosen });
        label.append(input, NAMES[resolution] || resolution);
        return label;
    }

    async function start() {
        const config = await get("udf/config", {});
        const symbols = await get("udf/search", { query: "" });
        const asked = new URLSearchParams(location.search);
        const names = symbols.map((symbol) => symbol.symbol);
        const pick = (value, all, otherwise) => all.includes(value) ? value : otherwise;
        const symbol = pick(asked.get("symbol"), names, names[0]);
        const resolution = pick(asked.get("resolution"), config.supported_resolutions, "1");

        element("symbol").append(...symbols.map(option));
        element("symbol").value = symbol;
        element("resolutions").append(...config.supported_resolutions.map(
            (each) => resolutionButton(each, each === resolution)));
        element("controls").addEventListener("change", () => choose(
            element("symbol").value, element("controls").elements.resolution.value));
        dark.addEventListener("change", () => {
            paint();
            choose(view.symbol, view.resolution);
        });
        build();
        choose(symbol, resolution);
    }

    function begin() {
        start().catch((error) => {
            say(`The page cannot start: ${error.message}. Trying again.`);
            setTimeout(begin, INTERVAL_MS);
        });
    }

    begin();
})();
