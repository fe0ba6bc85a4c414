"""The data of the page, one module a part: plain JSON values, from formulas and committed records."""
