"""The edge at work: worlds advance, their messages are journalled and go out, commands come back."""
