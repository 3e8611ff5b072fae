"""How dates are written where Django says nothing, or nothing that suits us."""
