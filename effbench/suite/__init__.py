"""The whole flow, once: names are resolved here, costs priced, records made; the command line only prints them."""
