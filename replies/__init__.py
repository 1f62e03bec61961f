"""How good an official reply is: what it says, whether it answers what was asked, and what to mend before it is published."""
