"""The demo organization: the maker of an AI conversation assistant with some 400 customers, made from a seed.

Hidden states of customers drive facts alone (use, money, conversations, care); scores, alerts and history are computed
by the product from these facts. Days count from the day of loading: 0 is today, -30 is thirty days ago.
"""
