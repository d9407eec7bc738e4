"""How dates, times and numbers are written in each language, where Django's own way is not that of the US."""
