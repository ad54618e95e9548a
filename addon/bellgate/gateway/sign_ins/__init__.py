"""Who is signed in: what access points report by RADIUS accounting, for as long as it lasts."""
