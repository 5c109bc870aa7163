"""How far and how freely ions move: mean squared displacement, diffusion, Arrhenius, conductivity."""
