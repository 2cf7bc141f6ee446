"""Statistical process control: charts, run rules and capability.

In Phase I limits are estimated from data that is looked at as a whole; in Phase II new points are judged by those
limits (Montgomery, "Introduction to Statistical Quality Control", chapter 5). A chart here is a function that
makes :class:`~.chart.Limits` and a function that places points; limits carry where they come from, so that they
can be stored and used later.
"""
