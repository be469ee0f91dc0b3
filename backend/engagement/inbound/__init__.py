"""Mail to an address of the organization's own, which becomes touchpoints.

intake     what came in is stored, whichever way it came; a worker reads it
message    what a mail says, of bytes that anybody may have written
html_text  the text of a mail that has only HTML
taking     whose mail it is: members, staff, the one account
settling   what staff do about mail that found none, and forgetting

`docs/mail.md` has the whole.
"""
