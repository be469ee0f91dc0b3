"""GraphQL over HTTP: from bytes of a request to bytes of an answer, with the planner in between.

view          one request from end to end
reading       what a request asks: POST bodies, GET queries, their limits
negotiation   the media type of an answer, and its status
answers       what goes back: data untouched, errors with their codes
page          what a browser sees
"""

from backend.graphql.http.view import GraphQL

__all__ = ["GraphQL"]
