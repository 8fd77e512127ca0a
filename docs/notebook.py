# A notebook of https://marimo.io, and a plain Python file: `marimo edit docs/notebook.py`, or `python docs/notebook.py`.
# Install what it needs beside the program: pip install 'crisis-timeline[notebook]'

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    from pathlib import Path

    import marimo as mo
    import polars as pl

    import timeline

    config = Path(__file__).resolve().parents[1] / "configs" / "backchannel" / "cadence.toml"
    return config, mo, pl, timeline


@app.cell
def _(mo):
    mo.md(
        """
        # From a config to a figure, and to your own table

        A *study* is a config and all that can be done with it. It never changes: every change gives another study.
        What comes out is Monte Carlo: intervals shrink with more timelines, and say nothing of how unsure the
        assumptions are.
        """
    )
    return


@app.cell
def _(config, timeline):
    study = (
        timeline.load(config)
        .change("leaks.per_insider", "5e-3 per insider per year")
        .keep("silence", "monthly", "staged-opening")
    )
    study
    return (study,)


@app.cell
def _(study):
    # In memory. With .run(folder="results") the timelines are kept, and a second run plays only what is new.
    result = study.run(replications=500)
    result
    return (result,)


@app.cell
def _(mo):
    mo.md("""## The tables of the page, as polars frames""")
    return


@app.cell
def _(pl, result):
    gains = result.contrasts.filter(measure="in_force_end").select(
        "cadence", points=pl.col("difference") * 100, low=pl.col("low") * 100, high=pl.col("high") * 100
    )
    gains
    return (gains,)


@app.cell
def _(result):
    # What became of the same crises under both: who was saved, who was lost, and by what.
    result.fates("silence", "staged-opening").head(8)
    return


@app.cell
def _(mo):
    mo.md("""## A figure, to change as you like: it is matplotlib's""")
    return


@app.cell
def _(result):
    figure = result.plot.survival()
    figure.suptitle("Survival since signature")
    figure
    return


@app.cell
def _(mo):
    mo.md("""## Rows of your own: one a timeline""")
    return


@app.cell
def _(pl, result):
    rows = result.rows("staged-opening", columns=["replication", "outcome", "cause", "signed_day", "leaks"])
    by_leaks = (
        rows.with_columns(leaks=pl.col("leaks").clip(upper_bound=2), signed=pl.col("signed_day").is_not_nan())
        .group_by("leaks")
        .agg(pl.len().alias("timelines"), pl.col("signed").mean())
        .sort("leaks")
    )
    by_leaks
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## Many worlds in one call

        `timeline.values` plays many assumptions at once and gives NumPy numbers, one a timeline, for loops of your
        own: worlds, arms, measures, replications.
        """
    )
    return


@app.cell
def _(study, timeline):
    worlds = {"leaks.discovery": [0.05, 0.2, 0.8]}
    values = timeline.values(study, worlds, measures=["in force"], count=300)
    values.mean(axis=-1)[:, :, 0].round(3)
    return (values,)


@app.cell
def _(study):
    # One timeline, told.
    print(study.trace("staged-opening", replication=12).ending)
    return


if __name__ == "__main__":
    app.run()
