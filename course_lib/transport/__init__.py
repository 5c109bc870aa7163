"""How far ions move and how well they conduct: mean squared displacement, diffusion, Arrhenius, conductivity."""
