"""Tables frozen and signed, checked before and after, corrected in the open."""
